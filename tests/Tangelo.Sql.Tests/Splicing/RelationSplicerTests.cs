using System.Text;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;

namespace Tangelo.Sql.Tests.Splicing;

public sealed class RelationSplicerTests
{
    [Theory]
    [InlineData("SELECT t.x FROM t WHERE t.a = 1", "SELECT t.x FROM p.t_1 AS \"t\" WHERE t.a = 1")]
    [InlineData("SELECT * FROM s . \"T\"/*c*/ u", "SELECT * FROM p.T_1/*c*/ u")]
    [InlineData("SELECT * FROM s /* x */ . -- y\n t", "SELECT * FROM p.t_1 AS \"t\"")]
    [InlineData("SELECT * FROM U&\"d\\0061t\" WHERE 'é' = 'é'", "SELECT * FROM p.dat_1 AS \"dat\" WHERE 'é' = 'é'")]
    [InlineData("SELECT * FROM U&\"d!0061t\" UESCAPE '!' x", "SELECT * FROM p.dat_1 x")]
    [InlineData("SELECT * FROM ONLY t, ONLY (u), v *, w * x", "SELECT * FROM ONLY p.t_1 AS \"t\", ONLY (p.u_1) AS \"u\", p.v_1 * AS \"v\", p.w_1 * x")]
    [InlineData("SELECT * FROM (SELECT * FROM ONLY t) x", "SELECT * FROM (SELECT * FROM ONLY p.t_1 AS \"t\") x")]
    [InlineData("TABLE t ORDER BY t.a", "SELECT * FROM p.t_1 AS \"t\" ORDER BY t.a")]
    [InlineData("SELECT 1 UNION ALL TABLE ONLY t", "SELECT 1 UNION ALL SELECT * FROM ONLY p.t_1 AS \"t\"")]
    [InlineData("SELECT * FROM t TABLESAMPLE system (1)", "SELECT * FROM p.t_1 AS \"t\" TABLESAMPLE system (1)")]
    [InlineData("SELECT * FROM t FOR UPDATE OF t", "SELECT * FROM p.t_1 AS \"t\" FOR UPDATE OF t")]
    [InlineData("INSERT INTO t(a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = t.a", "INSERT INTO p.t_1 AS \"t\"(a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = t.a")]
    [InlineData("UPDATE t SET a = u.a FROM u", "UPDATE p.t_1 AS \"t\" SET a = u.a FROM p.u_1 AS \"u\"")]
    [InlineData("DELETE FROM t x USING u WHERE x.a = u.a", "DELETE FROM p.t_1 x USING p.u_1 AS \"u\" WHERE x.a = u.a")]
    [InlineData("WITH t AS (SELECT * FROM u) SELECT * FROM t", "WITH t AS (SELECT * FROM p.u_1 AS \"u\") SELECT * FROM t")]
    [InlineData("TRUNCATE TABLE t, s.u", "TRUNCATE TABLE p.t_1, p.u_1")]
    [InlineData("CREATE INDEX ON t (a)", "CREATE INDEX ON p.t_1 (a)")]
    [InlineData("COPY t FROM STDIN", "COPY p.t_1 FROM STDIN")]
    [InlineData("SELECT s1.x.a FROM s1.x AS x", "SELECT s1.x.a FROM p.x_1 AS x")]
    [InlineData("SELECT 1 FROM a.t WHERE EXISTS (SELECT 1 FROM b.t WHERE t.x = 1)", "SELECT 1 FROM p.t_1 AS \"t\" WHERE EXISTS (SELECT 1 FROM p.t_1 AS \"t\" WHERE t.x = 1)")]
    public void Names_are_replaced_and_go_on_to_be_found(string sql, string expected) => Assert.Equal(expected, Splice(sql)?.Sql);

    [Theory]
    [InlineData("SELECT public.t.a FROM public.t")]
    [InlineData("SELECT public.t.* FROM public.t")]
    [InlineData("SELECT a.t.x, b.t.x FROM a.t, b.t")]
    [InlineData("SELECT 1 FROM a.t, b.t")]
    [InlineData("UPDATE a.t SET x = 1 FROM b.t")]
    [InlineData("DROP TABLE t")]
    [InlineData("CREATE RECURSIVE VIEW v (n) AS SELECT 1 UNION ALL SELECT n FROM v")]
    public void What_would_change_its_meaning_is_left_to_the_caller(string sql) => Assert.Null(Splice(sql));

    [Fact]
    public void Names_that_are_not_replaced_stay()
    {
        var statement = Statements.One("SELECT * FROM t, u");
        Assert.Equal("SELECT * FROM t, v AS \"u\"", RelationSplicer.Splice(statement, r => r.Name == "u" ? "v" : null)?.Sql);
    }

    [Fact]
    public void Every_statement_still_parses_and_names_the_new_relations()
    {
        foreach (var statement in Statements.All)
        {
            if (RelationSplicer.Splice(statement, r => QuotedName.Of(r.Schema, r.Name + "_1")) is not { } spliced)
                continue;
            var names = RelationReferences.Collect(Assert.Single(SqlParser.Parse(spliced.Text)).Tree).Select(r => r.Name);
            Assert.Equal(RelationReferences.Collect(statement.Tree).Select(r => r.Name + "_1"), names);
        }
    }

    [Fact]
    public void Positions_are_mapped_back_in_characters()
    {
        const string Sql = "SELECT 'ééé', tt.nö FROM tt WHERE größe = 1";
        var spliced = Splice(Sql)!;
        foreach (var word in new[] { "'ééé'", "nö", "WHERE", "größe", "1" })
        {
            Assert.Equal(
                Sql.LastIndexOf(word, StringComparison.Ordinal) + 1,
                spliced.Positions.MapBack(spliced.Sql.LastIndexOf(word, StringComparison.Ordinal) + 1));
        }

        Assert.Equal(Sql.IndexOf("tt WHERE", StringComparison.Ordinal) + 1, spliced.Positions.MapBack(spliced.Sql.IndexOf("tt_1", StringComparison.Ordinal) + 1));
        Assert.Equal(Sql.Length + 1, spliced.Positions.MapBack(spliced.Sql.Length + 1));
    }

    [Fact]
    public void Edits_may_come_in_any_order_but_not_overlap()
    {
        var edits = new TextEdits();
        edits.Replace(4, 3, "two");
        edits.Insert(0, ">");
        edits.Insert(4, "[");
        Assert.Equal(">one [two three", edits.Apply("one abc three"u8.ToArray()).Sql);
        edits.Replace(5, 1, "x");
        Assert.Throws<InvalidOperationException>(() => edits.Apply("one abc three"u8.ToArray()));
    }

    [Theory]
    [InlineData("users", 5)]
    [InlineData("a.b.c d", 5)]
    [InlineData("\"a\"\"b\" /* . */ . \"ü\" x", 21)]
    [InlineData("日本.x", 8)]
    [InlineData("U&\"x\" uescape '!' . y z", 21)]
    [InlineData("a AS b", 1)]
    [InlineData("a.", 1)]
    [InlineData("a$1 b", 3)]
    [InlineData("1a", 0)]
    [InlineData("", 0)]
    public void A_name_is_measured_with_all_its_parts(string text, int length) =>
        Assert.Equal(length, IdentifierSpan.At(Encoding.UTF8.GetBytes(text), 0));

    private static SplicedText? Splice(string sql) => RelationSplicer.Splice(Statements.One(sql), r => "p." + r.Name + "_1");
}
