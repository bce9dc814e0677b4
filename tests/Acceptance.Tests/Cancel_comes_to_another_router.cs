using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>Behind a balancer a CancelRequest comes to any router, and cancels what its session does all the same; nothing else is cancelled.</summary>
public sealed class Cancel_comes_to_another_router(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const string Endless = "SELECT sum(g) FROM cancelled, generate_series(1, 2000000000) g WHERE id = 1";

    private TestRouter _second = null!;
    private FaultProxy _balancer = null!;
    private NpgsqlDataSource _clients = null!;
    private int _turn;

    private TestCluster Cluster => fixture.Cluster;

    public async Task InitializeAsync()
    {
        _second = await Cluster.AddRouterAsync();
        _balancer = FaultProxy.Balance(() => _turn++ % 2 == 0 ? Cluster.Port : _second.Port);
        _clients = NpgsqlDataSource.Create(Connections.Text(_balancer.Port) + ";Pooling=false");
        await Cluster.Router.ExecuteAsync(
            "DROP TABLE IF EXISTS cancelled; CREATE TABLE cancelled (id int PRIMARY KEY); SELECT create_distributed_table('cancelled', 'id'); INSERT INTO cancelled SELECT generate_series(1, 8)");
    }

    public async Task DisposeAsync()
    {
        await _clients.DisposeAsync();
        await _balancer.DisposeAsync();
        await _second.DisposeAsync();
    }

    [Fact]
    public async Task The_statement_is_cancelled_and_the_next_ones_are_not()
    {
        // Connections go to the first router and to the second by turns: requests to cancel come to the other one than their session.
        await using var session = await _clients.OpenConnectionAsync();
        await using var bystander = await Cluster.Router.OpenConnectionAsync();
        await using var waiting = new NpgsqlCommand("SELECT pg_sleep(3)", bystander);
        var bystanding = waiting.ExecuteScalarAsync();
        for (var round = 0; round < 5; round++)
        {
            await using var command = new NpgsqlCommand(Endless, session);
            var running = command.ExecuteScalarAsync();
            await Waiting.UntilAsync(async () => await Cluster.ActiveAsync("generate_series") > 0);
            var since = Stopwatch.StartNew();
            var turn = _turn;
            command.Cancel();
            Assert.Equal(turn + 1, _turn);
            _turn = 1;
            var error = await Assert.ThrowsAnyAsync<Exception>(() => running);
            Assert.Equal("57014", Assert.IsType<PostgresException>(error.InnerException ?? error).SqlState);
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(10), $"It took {since.Elapsed}.");
            for (var next = 0; next < 20; next++)
            {
                await using var count = new NpgsqlCommand("SELECT count(*) FROM cancelled", session);
                Assert.Equal(8L, await count.ExecuteScalarAsync());
            }
        }

        await bystanding;
        Assert.Equal(0L, await Cluster.Nodes[0].ScalarAsync<long>("SELECT count(*) FROM tangelo_cancel_request"));
    }

    [Fact]
    public async Task A_key_that_nobody_has_is_forgotten()
    {
        var request = new byte[16];
        BinaryPrimitives.WriteInt32BigEndian(request, request.Length);
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(4), 80877102);
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(8), 4711);
        BinaryPrimitives.WriteInt32BigEndian(request.AsSpan(12), 1);
        var since = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _second.Port);
            await socket.SendAsync(request);
            Assert.Equal(0, await socket.ReceiveAsync(request));
        }));
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(20), $"It took {since.Elapsed}.");
        Assert.Equal(0L, await Cluster.Nodes[0].ScalarAsync<long>("SELECT count(*) FROM tangelo_cancel_request"));
    }
}
