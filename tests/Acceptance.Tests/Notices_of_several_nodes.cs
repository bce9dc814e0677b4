using System.Text.RegularExpressions;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Where several nodes speak at the same time, each notice comes to the client whole, and none keeps a node or the client waiting.</summary>
public sealed partial class Notices_of_several_nodes(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const int Rows = 60_000;

    private TestCluster Cluster => fixture.Cluster;

    public Task InitializeAsync() => Cluster.Router.ExecuteAsync(
        """
        DROP TABLE IF EXISTS told, untold;
        CREATE OR REPLACE FUNCTION tell(id int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE NOTICE ''row % of a table with a check that talks'', id; RETURN true; END';
        CREATE TABLE told (id int PRIMARY KEY CHECK (tell(id)));
        SELECT create_distributed_table('told', 'id');
        CREATE TABLE untold (id int PRIMARY KEY);
        SELECT create_distributed_table('untold', 'id', colocate_with => 'none');
        """);

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Of_COPY_FROM_and_COPY_TO()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllLinesAsync(file, Enumerable.Range(1, Rows).Select(i => $"{i}"));
        try
        {
            await RequireEachAsync($"\\copy told FROM '{file}'");
            Assert.Equal((long)Rows, await Cluster.Router.ScalarAsync<long>("SELECT count(*) FROM told"));
            await RequireEachAsync("COPY (SELECT id FROM told WHERE tell(id)) TO STDOUT");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Of_INSERT_SELECT_from_another_table()
    {
        await Cluster.Router.ExecuteAsync($"INSERT INTO untold SELECT generate_series(1, {Rows})");
        await RequireEachAsync($"INSERT INTO told SELECT {Rows} - id + 1 FROM untold");
    }

    [GeneratedRegex("^NOTICE:  00000: row [0-9]+ of a table with a check that talks$", RegexOptions.Multiline)]
    private static partial Regex Row();

    private async Task RequireEachAsync(string sql)
    {
        var (code, _, errors) = await new PsqlRunner(Cluster.Port).RunAsync(sql).WaitAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(0, code);
        var told = Row().Matches(errors).Select(m => m.Value).ToList();
        Assert.Equal(Rows, told.Count);
        Assert.Equal(Rows, told.Distinct().Count());
    }
}
