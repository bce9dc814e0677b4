using Tangelo.Regress.Scripts;

namespace Tangelo.Regress.Tests;

/// <summary>Scripts are cut where psql cuts them.</summary>
public sealed class ScriptSplitterTests
{
    [Theory]
    [InlineData("SELECT 1; SELECT 2;", "SELECT 1;|SELECT 2;")]
    [InlineData("-- a comment; here\nSELECT 1; -- fail\nSELECT 2;", "SELECT 1;|SELECT 2;")]
    [InlineData("SELECT ';', \";\" FROM t; SELECT 2;", "SELECT ';', \";\" FROM t;|SELECT 2;")]
    [InlineData("SELECT E'\\';'; SELECT 2;", "SELECT E'\\';';|SELECT 2;")]
    [InlineData("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3;", "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);|SELECT 3;")]
    [InlineData("DO $x$ BEGIN; END $x$; SELECT 2;", "DO $x$ BEGIN; END $x$;|SELECT 2;")]
    [InlineData("SELECT 1 \\; SELECT 2; SELECT 3;", "SELECT 1 \\; SELECT 2;|SELECT 3;")]
    [InlineData("SELECT 1 AS a \\gset\n\\echo :a\nSELECT 2;", "SELECT 1 AS a \\gset|\\echo :a|SELECT 2;")]
    [InlineData("SELECT /* ; /* ; */ ; */ 1; SELECT 2;", "SELECT /* ; /* ; */ ; */ 1;|SELECT 2;")]
    [InlineData(
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; SELECT 3;",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;|SELECT 3;")]
    [InlineData("BEGIN; SELECT 1; END;", "BEGIN;|SELECT 1;|END;")]
    public void A_statement_ends_where_psql_sends_it(string text, string expected) =>
        Assert.Equal(expected, string.Join('|', ScriptSplitter.Split(text).Select(s => s.Text)));

    [Fact]
    public void Data_of_copy_belongs_to_its_statement()
    {
        var steps = ScriptSplitter.Split("COPY t FROM STDIN; -- two rows\n1;\n2\n\\.\nSELECT 1;");
        Assert.Equal(["COPY t FROM STDIN;", "SELECT 1;"], steps.Select(s => s.Text));
        Assert.Equal("1;\n2\n\\.\n", steps[0].Data);
    }

    [Fact]
    public void A_copy_that_fails_takes_no_data()
    {
        var steps = ScriptSplitter.Split("COPY t FROM STDIN (nonsense);\nCOPY t FROM STDIN;\n1\n\\.\n");
        Assert.Equal(["", "1\n\\.\n"], steps.Select(s => s.Data));
    }
}
