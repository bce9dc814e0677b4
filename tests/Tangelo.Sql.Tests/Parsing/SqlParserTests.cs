using System.Text;
using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Parsing;

namespace Tangelo.Sql.Tests.Parsing;

public sealed class SqlParserTests
{
    [Theory]
    [InlineData("")]
    [InlineData("  ;; -- nothing\n ; /* at all */")]
    public void A_script_without_statements_gives_nothing(string sql) => Assert.Empty(Parse(sql));

    [Fact]
    public void One_statement_keeps_its_text_and_loses_its_semicolon()
    {
        var statement = Assert.Single(Parse("  /* é */ SELECT 'ü;' ; -- end"));
        Assert.Equal("  /* é */ SELECT 'ü;' ", statement.Sql);
        Assert.Equal(0, statement.Offset);
        Assert.Equal(Node.NodeOneofCase.SelectStmt, statement.Tree.NodeCase);
    }

    [Fact]
    public void Locations_of_every_statement_count_from_its_own_start()
    {
        const string Sql = "SELECT 'é' FROM a; DELETE FROM bb ;;\nUPDATE ccc SET x = 1";
        var statements = Parse(Sql);
        Assert.Equal(3, statements.Length);
        Assert.Equal(["SELECT 'é' FROM a", " DELETE FROM bb ", "\nUPDATE ccc SET x = 1"], statements.Select(s => s.Sql));
        var ranges = new[]
        {
            statements[0].Tree.SelectStmt.FromClause[0].RangeVar, statements[1].Tree.DeleteStmt.Relation, statements[2].Tree.UpdateStmt.Relation,
        };
        Assert.All(statements.Zip(ranges), pair => Assert.StartsWith(
            pair.Second.Relname, Encoding.UTF8.GetString(pair.First.Text.AsSpan(pair.Second.Location)), StringComparison.Ordinal));
        Assert.All(statements, s => Assert.Equal(s.Text, Encoding.UTF8.GetBytes(Sql).AsSpan(s.Offset, s.Text.Length).ToArray()));
    }

    [Fact]
    public void A_single_statement_after_an_empty_one_is_located_in_its_own_text()
    {
        var statement = Assert.Single(Parse(";; SELECT * FROM t"));
        Assert.Equal(2, statement.Offset);
        Assert.Equal(15, statement.Tree.SelectStmt.FromClause[0].RangeVar.Location);
    }

    [Fact]
    public void The_text_ends_at_a_NUL_byte() => Assert.Equal("SELECT 1", Assert.Single(Parse("SELECT 1\0 garbage '")).Sql);

    [Theory]
    [InlineData("SELEC 1", "42601", "syntax error at or near \"SELEC\"", 1)]
    [InlineData("SELECT 'é', FROM t", "42601", "syntax error at or near \"FROM\"", 13)]
    [InlineData("SELECT 1; SELECT 'öö' +;", "42601", "syntax error at or near \";\"", 24)]
    [InlineData("SELECT 'abc", "42601", "unterminated quoted string at or near \"'abc\"", 8)]
    [InlineData("SELECT", null, null, 0)]
    [InlineData("SELECT 1 FROM", "42601", "syntax error at end of input", 14)]
    [InlineData("CREATE ASSERTION a CHECK (true)", "0A000", "CREATE ASSERTION is not yet implemented", null)]
    public void A_syntax_error_is_PostgreSQLs(string sql, string? code, string? message, int? position)
    {
        if (code is null)
        {
            Assert.Single(Parse(sql));
            return;
        }

        var error = Assert.Throws<PgException>(() => Parse(sql)).Error;
        Assert.Equal((code, message, position), (error.Code, error.Message, error.Position));
    }

    [Fact]
    public void Bytes_that_are_not_UTF8_are_refused_as_PostgreSQL_does()
    {
        var error = Assert.Throws<PgException>(() => SqlParser.Parse([.. "SELECT '"u8, 0xE2, .. "(A'"u8])).Error;
        Assert.Equal("22021", error.Code);
        Assert.StartsWith("invalid byte sequence for encoding \"UTF8\": 0xe2 ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_expressions_are_read()
    {
        var statement = Assert.Single(Parse("SELECT " + string.Join(" + ", Enumerable.Range(0, 1000))));
        Assert.Equal(A_Expr_Kind.AexprOp, statement.Tree.SelectStmt.TargetList[0].ResTarget.Val.AExpr.Kind);
        Assert.True(Tangelo.Sql.Deparsing.Deparser.TryDeparseFaithfully(statement.Tree, out _));
    }

    [Fact]
    public void Deeper_expressions_are_refused_rather_than_overflow_the_stack()
    {
        var error = Assert.Throws<PgException>(() => Parse("SELECT " + string.Join(" + ", Enumerable.Range(0, 5000)))).Error;
        Assert.Equal(("54001", "stack depth limit exceeded"), (error.Code, error.Message));
    }

    private static System.Collections.Immutable.ImmutableArray<ParsedStatement> Parse(string sql) => SqlParser.Parse(Encoding.UTF8.GetBytes(sql));
}
