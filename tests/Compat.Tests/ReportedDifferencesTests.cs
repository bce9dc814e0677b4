using Tangelo.Compat.Tests.Comparison;
using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>
/// The suite finds what is wrong: between two plain servers, where the second one gets an extra statement, it reports
/// exactly the aspect that this statement breaks.
/// </summary>
[Collection(CompatCollection.Name)]
public sealed class ReportedDifferencesTests(CompatServers servers)
{
    private const string Table = "CREATE TABLE t (id int PRIMARY KEY, name varchar(10)); INSERT INTO t VALUES (1, 'a'), (2, 'b');\n";

    [Theory]
    [InlineData("-- cluster: DELETE FROM t WHERE id = 2\nSELECT id FROM t;", Aspect.Tag + "," + Aspect.Rows)]
    [InlineData("-- cluster: UPDATE t SET name = 'x' WHERE id = 2\nSELECT * FROM t;", Aspect.Rows)]
    [InlineData("-- ordered\n-- cluster: UPDATE t SET name = name\nSELECT id FROM t WHERE id < 3;", "")]
    [InlineData("SELECT id FROM t ORDER BY id;", "")]
    [InlineData("-- cluster: ALTER TABLE t ALTER name TYPE text\nSELECT name FROM t;", Aspect.ColumnTypes)]
    [InlineData("-- cluster: ALTER TABLE t ALTER name TYPE varchar(11)\nSELECT name FROM t;", Aspect.ColumnTypes)]
    [InlineData("-- cluster: ALTER TABLE t DROP name; ALTER TABLE t ADD name varchar(10)\nSELECT id, name FROM t WHERE false;", Aspect.ColumnOrigins)]
    [InlineData("-- cluster: ALTER TABLE t DROP CONSTRAINT t_pkey\nINSERT INTO t VALUES (1, 'c');", Aspect.Shape)]
    [InlineData("-- cluster: ALTER TABLE t RENAME CONSTRAINT t_pkey TO other\nINSERT INTO t VALUES (1, 'c');", Aspect.Message + "," + Aspect.ErrorObjects)]
    [InlineData("-- cluster: ALTER TABLE t DROP name\nSELECT id, name FROM t;", Aspect.Shape)]
    [InlineData("-- cluster: BEGIN\nSELECT id FROM t;", Aspect.Status)]
    [InlineData("-- cluster: SET client_min_messages TO error\nDROP TABLE IF EXISTS nope;", Aspect.Notices)]
    [InlineData("-- cluster: SET TimeZone TO 'Asia/Tokyo'\nSET TimeZone TO 'UTC';", Aspect.Settings)]
    [InlineData("-- cluster: DELETE FROM t WHERE id = 1\nCOPY t TO STDOUT;", Aspect.Tag + "," + Aspect.Rows)]
    [InlineData("-- cluster: UPDATE t SET id = 3 WHERE id = 1\nCOPY t TO STDOUT (FORMAT binary);", Aspect.Rows)]
    [InlineData("-- differs: a reason\n-- cluster: DELETE FROM t\nSELECT id FROM t;", "")]
    [InlineData("-- differs: a reason\nSELECT id FROM t;", Aspect.Known)]
    [InlineData("-- cluster: DROP TABLE t\n-- differs: [42P01] a reason\nSELECT id FROM t;", "")]
    [InlineData("-- cluster: DROP TABLE t\n-- differs: [0A000] a reason\nSELECT id FROM t;", Aspect.Known + "," + Aspect.Shape)]
    [InlineData("-- ignore: rows, tag\n-- cluster: DELETE FROM t\nSELECT id FROM t;", "")]
    [InlineData("-- cluster: SELECT nope\nSELECT id FROM t;", Aspect.OneSided)]
    public async Task A_broken_second_side_is_reported(string script, string aspects)
    {
        var findings = await RunAsync(Table + script, ProtocolMode.Simple);
        Assert.Equal(aspects.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(),
            findings.Select(f => f.Difference.Aspect).Distinct().Order());
    }

    [Fact]
    public async Task The_order_of_rows_counts_under_order_by_only()
    {
        const string Shuffle = "-- cluster: UPDATE t SET id = 3 WHERE id = 1\n-- cluster: UPDATE t SET id = 1, name = 'b' WHERE id = 2\n";
        Assert.Empty(await RunAsync(Table + Shuffle + "-- cluster: UPDATE t SET name = 'a' WHERE id = 3\nSELECT name FROM t;", ProtocolMode.Simple));
        var findings = await RunAsync(
            Table + Shuffle + "-- cluster: UPDATE t SET name = 'a' WHERE id = 3\nSELECT name FROM t ORDER BY id;", ProtocolMode.Simple);
        Assert.Equal([Aspect.Rows], findings.Select(f => f.Difference.Aspect));
    }

    [Fact]
    public async Task Binary_results_are_compared_too()
    {
        var findings = await RunAsync(Table + "-- cluster: UPDATE t SET name = 'x' WHERE id = 2\nSELECT * FROM t;", ProtocolMode.Extended);
        Assert.Equal(["extended", "extended binary"], findings.Select(f => f.How));
    }

    private async Task<IReadOnlyList<Finding>> RunAsync(string script, ProtocolMode mode)
        => await ScriptRun.RunAsync(
            await servers.TwoPlainAsync(), "compat_self", ScriptParser.Parse(script), mode, TimeSpan.FromSeconds(20));
}
