using Tangelo.Sql.Deparsing;

namespace Tangelo.Sql.Tests.Deparsing;

public sealed class DeparserTests
{
    // What libpg_query 15-4.0.0 writes wrongly or not at all, by the first words of the statement in statements.sql.
    private static readonly string[] KnownFailures =
    [
        "SELECT substring(a SIMILAR b ESCAPE c)",
        "INSERT INTO t AS x (a, b[1], c.d)",
        "UPDATE t SET a = 1, (b, c) = (2, 3)",
        "CREATE TABLE t (a int PRIMARY KEY",
        "CREATE UNLOGGED TABLE t (a int unique nulls not distinct)",
        "CREATE TABLE t (a int COMPRESSION lz4)",
        "ALTER TABLE t DETACH PARTITION p FINALIZE",
        "COPY t FROM stdin DELIMITER ',' CSV HEADER",
        "SET TIME ZONE INTERVAL '1' HOUR TO MINUTE",
        "SHOW ALL",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC",
        "GRANT SET ON PARAMETER",
        "ALTER DATABASE d REFRESH COLLATION VERSION",
    ];

    [Fact]
    public void Every_statement_but_the_known_ones_survives_the_way_to_text_and_back()
    {
        var failures = Statements.All.Where(s => !Deparser.TryDeparseFaithfully(s.Tree, out _)).Select(s => s.Sql.Trim()).ToArray();
        Assert.All(failures, f => Assert.Contains(KnownFailures, k => f.StartsWith(k, StringComparison.Ordinal)));
        Assert.Equal(KnownFailures.Length, failures.Length);
        Assert.True(Statements.All.Length > 390);
    }

    [Theory]
    [InlineData("(a + 1) > b::int")]
    [InlineData("count(*) FILTER (WHERE x = 'é')")]
    [InlineData("(SELECT max(y) FROM t)")]
    public void An_expression_is_written_by_itself(string expression)
    {
        var tree = Statements.One("SELECT " + expression).Tree.SelectStmt.TargetList[0].ResTarget.Val;
        Assert.Equal(expression, Deparser.DeparseExpression(tree));
    }

    [Fact]
    public void A_lost_clause_is_noticed()
    {
        var tree = Statements.One("CREATE TABLE t (a int UNIQUE NULLS NOT DISTINCT)").Tree;
        Assert.Equal("CREATE TABLE t (a int UNIQUE)", Deparser.Deparse(tree));
        Assert.False(Deparser.TryDeparseFaithfully(tree, out _));
    }
}
