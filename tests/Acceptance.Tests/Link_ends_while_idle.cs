using System.Text;
using Tangelo.Harness;
using Tangelo.Harness.Wire;

namespace Tangelo.Acceptance.Tests;

/// <summary>A client that waits is told at once when its session has ended, as PostgreSQL tells it.</summary>
public sealed class Link_ends_while_idle(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Terminate = "SELECT pg_terminate_backend({0})";

    private TestCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData("SELECT 1", Terminate, "57P01")]
    [InlineData("BEGIN; SELECT 1", Terminate, "57P01")]
    [InlineData("LISTEN here", Terminate, "57P01")]
    [InlineData("SET idle_in_transaction_session_timeout = 300; BEGIN", null, "25P03")]
    [InlineData("SET idle_session_timeout = 300", null, "57P05")]
    public async Task Its_client_is_told_at_once(string begin, string? end, string code)
    {
        var plain = new ServerAddress("127.0.0.1", await Cluster.Nodes[0].ScalarAsync<int>("SELECT inet_server_port()"));
        var expected = await LastWordsAsync(plain, begin, end, throughRouter: false);
        Assert.Equal(code, expected.SqlState);
        foreach (var throughRouter in new[] { false, true })
        {
            var told = await LastWordsAsync(new ServerAddress("127.0.0.1", Cluster.Port), begin, end, throughRouter);
            Assert.Equal((expected.Severity, expected.SqlState, expected.Message), (told.Severity, told.SqlState, told.Message));
        }
    }

    [Fact]
    public async Task What_is_said_meanwhile_is_passed_on_and_the_session_goes_on()
    {
        await using var session = await WireSession.OpenAsync(new ServerAddress("127.0.0.1", Cluster.Port), CancellationToken.None);
        for (var round = 0; round < 20; round++)
        {
            await Cluster.Nodes[0].ExecuteAsync($"ALTER SYSTEM SET log_statement = '{(round % 2 == 0 ? "ddl" : "none")}'");
            await Cluster.Nodes[0].ExecuteAsync($"ALTER SYSTEM SET IntervalStyle = '{(round % 2 == 0 ? "iso_8601" : "postgres")}'");
            await Cluster.Nodes[0].ExecuteAsync("SELECT pg_reload_conf()");
            await Task.Delay(Random.Shared.Next(0, 500));
            var answer = await session.QueryAsync("SELECT current_setting('server_version_num')", null, CancellationToken.None);
            Assert.Null(answer.FirstError);
            Assert.Single(answer.Replies[0].Rows);
        }

        await Cluster.Nodes[0].ExecuteAsync("ALTER SYSTEM RESET IntervalStyle");
        await Cluster.Nodes[0].ExecuteAsync("ALTER SYSTEM RESET log_statement");
        await Cluster.Nodes[0].ExecuteAsync("SELECT pg_reload_conf()");
    }

    private async Task<WireNotice> LastWordsAsync(ServerAddress server, string begin, string? end, bool throughRouter)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await using var session = await WireSession.OpenAsync(server, limit.Token);
        var pid = Encoding.UTF8.GetString((await session.QueryAsync("SELECT pg_backend_pid()", null, limit.Token)).Replies[0].Rows[0][0]!);
        Assert.Null((await session.QueryAsync(begin, null, limit.Token)).FirstError);
        if (end is not null)
            await (throughRouter ? Cluster.Router : Cluster.Nodes[0]).ExecuteAsync(string.Format(end, pid));
        return (await session.RunAsync(new FrontendBuffer(), null, limit.Token)).FirstError!;
    }
}
