using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;
using Tangelo.Harness.Wire;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// Many clients on few links, which are cancelled, run out of time, fail, hang up and are terminated at random: none ever sees a row, an error, a setting or a cancellation
/// of another one. Half of them come to one router, half to another, and each of these has half of the links. tools/isolation.sh runs it with 2,000 clients for as long as one likes.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class Sessions_are_isolated : IAsyncLifetime
{
    private const int RowsEach = 3;

    private static readonly int Clients = Number("TANGELO_ISOLATION_CLIENTS", 200);
    private static readonly int Links = Number("TANGELO_ISOLATION_LINKS", 16);
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(Number("TANGELO_ISOLATION_SECONDS", 15));

    private readonly ConcurrentDictionary<string, int> _done = new();
    private readonly ConcurrentQueue<string> _foreign = new();
    private readonly ConcurrentQueue<double> _finished = new();
    private readonly Stopwatch _clock = new();
    private int _connected;
    private TestCluster _cluster = null!;
    private TestRouter _second = null!;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(new TestClusterOptions { RouterArguments = ["--coordinator-connections", $"{Links / 2}"] });
        _second = await _cluster.AddRouterAsync("--coordinator-connections", $"{Links / 2}");
        await _cluster.Router.ExecuteAsync(
            $"""
            CREATE TABLE owned (owner int, n int, PRIMARY KEY (owner, n));
            SELECT create_distributed_table('owned', 'owner');
            CREATE TABLE owned_local (owner int, n int, PRIMARY KEY (owner, n));
            INSERT INTO owned SELECT o, n FROM generate_series(1, {Clients}) o, generate_series(1, {RowsEach}) n;
            INSERT INTO owned_local SELECT o, n FROM generate_series(1, {Clients}) o, generate_series(1, {RowsEach}) n;
            """);
    }

    public async Task DisposeAsync()
    {
        await _second.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_sees_anything_of_anybody_else()
    {
        using var end = new CancellationTokenSource();
        var clients = Enumerable.Range(1, Clients).Select(me => Task.Run(() => LiveAsync(me, end.Token))).ToList();
        while (Volatile.Read(ref _connected) < Clients && !clients.Exists(c => c.IsFaulted))
            await Task.Delay(100);
        _clock.Start();
        await Task.WhenAny(Task.Delay(Duration), Task.WhenAll(clients));
        await end.CancelAsync();
        await Task.WhenAll(clients);

        // The rates of a fifth of the time each, after the first and in the end.
        var (first, last) = (RateBetween(0.2, 0.4), RateBetween(0.8, 1.0));
        var backends = await _cluster.Nodes[0].ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name LIKE 'client %'");
        await ReportAsync($"{Clients} clients, {Links} links, {Duration.TotalSeconds:0} s: {first:0} rounds/s at the start, {last:0} at the end; "
            + string.Join(", ", _done.OrderBy(d => d.Key).Select(d => $"{d.Key} {d.Value}")));
        Assert.True(_foreign.IsEmpty, string.Join("\n", _foreign.Take(20)));
        Assert.True(backends <= Links, $"{backends} backends");
        foreach (var kind in new[] { "cancelled", "out of time", "hung up", "terminated", "refused", "committed", "read" })
            Assert.True(_done.GetValueOrDefault(kind) > 0, $"{kind}: none");
        if (Environment.GetEnvironmentVariable("TANGELO_ISOLATION_REPORT") is { Length: > 0 })
            Assert.True(last > 0.9 * first, $"{first:0} rounds/s at the start, {last:0} at the end");
        Assert.Equal(0L, await _cluster.Router.ScalarAsync<long>($"SELECT count(*) FROM owned WHERE n > {RowsEach}"));
        Assert.Equal((long)Clients * RowsEach, await _cluster.Router.ScalarAsync<long>("SELECT count(*) FROM owned_local"));
    }

    /// <summary>One client: round after round, and a new connection when its own has ended as it should.</summary>
    private async Task LiveAsync(int me, CancellationToken end)
    {
        var random = new Random(me);
        NpgsqlConnection? session = null;
        var isFirst = true;
        while (!end.IsCancellationRequested)
        {
            var round = "coming in";
            try
            {
                session ??= await ComeAsync(me);
                if (isFirst)
                    Interlocked.Increment(ref _connected);
                isFirst = false;
                (round, var work) = Pick(random.Next(100));
                if (await work(session, me, random))
                {
                    await session.DisposeAsync();
                    session = null;
                }

                if (_clock.IsRunning)
                    _finished.Enqueue(_clock.Elapsed.TotalSeconds);
            }
            catch (Exception e)
            {
                _foreign.Enqueue($"client {me}, {round}: {e.GetType().Name} {(e as PostgresException)?.SqlState} {e.Message} {e.InnerException?.Message}");
                Interlocked.Add(ref _connected, isFirst ? 1 : 0);
                break;
            }

            await Task.Delay(random.Next(0, 200), CancellationToken.None);
        }

        if (session is not null)
            await session.DisposeAsync();
    }

    private (string Name, Func<NpgsqlConnection, int, Random, Task<bool>> Work) Pick(int dice) => dice switch
    {
        < 30 => ("reading a shard", ReadAsync),
        < 55 => ("looking at settings", LookAsync),
        < 70 => ("a transaction", TransactAsync),
        < 80 => ("an error", FailAsync),
        < 88 => ("a cancel", CancelAsync),
        < 94 => ("a time limit", RunOutOfTimeAsync),
        < 97 => ("hanging up", HangUpAsync),
        _ => ("being terminated", BeTerminatedAsync),
    };

    private async Task<NpgsqlConnection> ComeAsync(int me)
    {
        var text = new NpgsqlConnectionStringBuilder(Connections.Text(PortOf(me)))
        {
            Pooling = false,
            Timeout = 300,
            CommandTimeout = 300,
            CancellationTimeout = 0,
            ApplicationName = "test",
        };
        var session = new NpgsqlConnection(text.ConnectionString);
        await session.OpenAsync();
        await RunAsync(session, $"SET application_name = 'client {me}'; SET app.owner = '{me}'; SET TimeZone = 'Etc/GMT+{me % 12}'");
        return session;
    }

    private int PortOf(int client) => client % 2 == 0 ? _cluster.Port : _second.Port;

    private async Task<bool> ReadAsync(NpgsqlConnection session, int me, Random random)
    {
        await using var command = new NpgsqlCommand($"SELECT owner FROM {(random.Next(2) == 0 ? "owned" : "owned_local")} WHERE owner = $1", session) { Parameters = { new() { Value = me } } };
        await using var reader = await command.ExecuteReaderAsync();
        var rows = 0;
        for (; await reader.ReadAsync(); rows++)
            Expect(me, reader.GetInt32(0), "a row");
        Expect(RowsEach, rows, "rows");
        return Did("read");
    }

    private async Task<bool> LookAsync(NpgsqlConnection session, int me, Random random)
    {
        // Every client's statement of this name has another text.
        await using var prepared = new NpgsqlCommand($"SELECT '{me}:' || $1::text || ':' || current_setting('app.owner')", session) { Parameters = { new NpgsqlParameter<string> { TypedValue = "x" } } };
        await prepared.PrepareAsync();
        Expect($"{me}:x:{me}", await prepared.ExecuteScalarAsync(), "a prepared statement");
        Expect(
            $"client {me}|{me}|Etc/GMT+{me % 12}|0|read committed",
            await ScalarAsync(session, "SELECT concat_ws('|', current_setting('application_name'), current_setting('app.owner'), current_setting('TimeZone'), current_setting('statement_timeout'), current_setting('transaction_isolation'))"),
            "settings");
        Expect($"{me}", await ScalarAsync(session, $"SELECT current_setting('app.owner') FROM owned WHERE owner = {me} LIMIT 1"), "a setting on a node");
        return Did("looked");
    }

    private async Task<bool> TransactAsync(NpgsqlConnection session, int me, Random random)
    {
        await RunAsync(session, $"BEGIN; INSERT INTO owned VALUES ({me}, 100); INSERT INTO owned_local VALUES ({me}, 100)");
        Expect(RowsEach + 1L, await ScalarAsync(session, $"SELECT count(*) FROM owned WHERE owner = {me}"), "rows in a transaction");
        Expect(RowsEach + 1L, await ScalarAsync(session, $"SELECT count(*) FROM owned_local WHERE owner = {me}"), "local rows in a transaction");
        if (random.Next(3) > 0)
        {
            await RunAsync(session, "ROLLBACK");
            return Did("rolled back");
        }

        await RunAsync(session, "COMMIT");
        await RunAsync(session, $"BEGIN; DELETE FROM owned WHERE owner = {me} AND n = 100; DELETE FROM owned_local WHERE owner = {me} AND n = 100; COMMIT");
        return Did("committed");
    }

    private async Task<bool> FailAsync(NpgsqlConnection session, int me, Random random)
    {
        var (sql, state) = random.Next(4) switch
        {
            0 => ($"SELECT 'client {me}'::int", "22P02"),
            1 => ($"SELEC \"client {me}\"", "42601"),
            2 => ($"SELECT * FROM \"client {me}\"", "42P01"),
            _ => ($"SELECT 'client {me}'::int FROM owned WHERE owner = {me}", "22P02"),
        };
        var error = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(session, sql));
        Expect(state, error.SqlState, "an error's code");
        if (state != "42601" && !error.MessageText.Contains($"\"client {me}\"", StringComparison.Ordinal))
            throw new InvalidOperationException($"another one's error: {error.MessageText}");
        return Did("refused");
    }

    private async Task<bool> CancelAsync(NpgsqlConnection session, int me, Random random)
    {
        var command = new NpgsqlCommand(random.Next(2) == 0 ? "SELECT pg_sleep(0.05)" : $"SELECT pg_sleep(0.02) FROM owned WHERE owner = {me}", session);
        var running = command.ExecuteScalarAsync();
        await Task.Delay(random.Next(0, 80));
        command.Cancel();
        try
        {
            await running;
            return Did("cancelled too late");
        }
        catch (OperationCanceledException e) when (e.InnerException is PostgresException { SqlState: "57014", MessageText: "canceling statement due to user request" })
        {
            return Did("cancelled");
        }
    }

    private async Task<bool> RunOutOfTimeAsync(NpgsqlConnection session, int me, Random random)
    {
        await RunAsync(session, "SET statement_timeout = '200ms'");
        var state = "";
        try
        {
            await RunAsync(session, random.Next(2) == 0 ? "SELECT pg_sleep(60)" : $"SELECT pg_sleep(60) FROM owned WHERE owner = {me}");
        }
        catch (PostgresException e) when (e.MessageText == "canceling statement due to statement timeout")
        {
            state = e.SqlState;
        }

        Expect("57014", state, "a time limit");
        while (true)
        {
            try
            {
                await RunAsync(session, "RESET statement_timeout");
                return Did("out of time");
            }
            catch (PostgresException e) when (e.MessageText == "canceling statement due to statement timeout")
            {
                // All links were taken for so long.
            }
        }
    }

    private async Task<bool> HangUpAsync(NpgsqlConnection session, int me, Random random)
    {
        await using (var other = await WireSession.OpenAsync(new ServerAddress("127.0.0.1", PortOf(me)), CancellationToken.None))
        {
            await other.QueryAsync($"SET app.owner = 'gone'; BEGIN; INSERT INTO owned VALUES ({me}, 200); INSERT INTO owned_local VALUES ({me}, 200)", null, CancellationToken.None);
            if (random.Next(2) == 0)
                _ = other.QueryAsync("SELECT pg_sleep(1)", null, CancellationToken.None).ContinueWith(t => t.Exception, TaskScheduler.Default);
            await Task.Delay(random.Next(0, 20));
        }

        return Did("hung up");
    }

    private async Task<bool> BeTerminatedAsync(NpgsqlConnection session, int me, Random random)
    {
        // Not by another client: that one would wait for a link while this one keeps its own.
        var pid = await ScalarAsync(session, "SELECT pg_backend_pid()");
        await _cluster.Nodes[0].ExecuteAsync($"SELECT pg_terminate_backend({pid}, 5000)");
        try
        {
            await RunAsync(session, "SELECT 1");
        }
        catch (NpgsqlException e) when (e is not PostgresException || e.SqlState == "57P01")
        {
            return Did("terminated") || true;
        }

        throw new InvalidOperationException("it lives");
    }

    private static void Expect<T>(T expected, object? actual, string what)
    {
        if (!Equals(expected, actual))
            throw new InvalidOperationException($"{what}: {actual} instead of {expected}");
    }

    private bool Did(string what)
    {
        _done.AddOrUpdate(what, 1, (_, n) => n + 1);
        return false;
    }

    private double RateBetween(double from, double to)
    {
        var seconds = Duration.TotalSeconds;
        return _finished.Count(t => t >= from * seconds && t < to * seconds) / ((to - from) * seconds);
    }

    private static async Task ReportAsync(string line)
    {
        if (Environment.GetEnvironmentVariable("TANGELO_ISOLATION_REPORT") is { Length: > 0 } report)
            await File.WriteAllTextAsync(report, line + "\n");
    }

    private static int Number(string variable, int otherwise) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? int.Parse(value) : otherwise;

    private static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
