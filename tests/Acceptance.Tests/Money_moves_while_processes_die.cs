using System.Collections.Concurrent;
using System.Diagnostics;
using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// Transfers over nodes through two routers, while routers, workers and the coordinator are killed at random. tools/money.sh runs it for as long as
/// one likes.
/// </summary>
[Collection(AloneCollection.Name)]
public sealed class Money_moves_while_processes_die : IAsyncLifetime
{
    private const int Accounts = 40;
    private const int Start = 1_000_000;
    private const long Total = (Accounts + 1L) * Start;

    private static readonly TimeSpan Duration =
        Environment.GetEnvironmentVariable("TANGELO_MONEY_SECONDS") is { Length: > 0 } seconds ? TimeSpan.FromSeconds(int.Parse(seconds)) : TimeSpan.FromSeconds(25);

    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(10);

    // Which side of which transfer is missing: by the latest of each account that differs.
    private static readonly string DifferencesSql =
        $"""
        WITH moved AS (SELECT id AS transfer, giver AS account, -amount AS v FROM transfers UNION ALL SELECT id, taker, amount FROM transfers),
            expected AS (SELECT account, {Start} + sum(v) AS v, max(transfer) AS latest FROM moved GROUP BY account)
        SELECT coalesce(string_agg(format('account %s has %s instead of %s, its latest transfer is %s', a.id, a.v, e.v, e.latest), '; '), 'no account differs')
        FROM (SELECT id, v FROM accounts UNION ALL SELECT id, v FROM vault) a JOIN expected e ON e.account = a.id WHERE a.v <> e.v
        """;

    private readonly ConcurrentDictionary<long, bool> _acknowledged = new();
    private readonly ConcurrentDictionary<string, int> _errors = new();
    private readonly ConcurrentDictionary<string, int> _kills = new();
    private readonly Random _random = new();
    private TestCluster _cluster = null!;
    private TestRouter? _second;
    private int _ids;
    private int _snapshots;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _second = await _cluster.AddRouterAsync();
        await _cluster.Router.ExecuteAsync(
            $"""
            CREATE TABLE vault (id int PRIMARY KEY, v int NOT NULL);
            INSERT INTO vault VALUES (0, {Start});
            CREATE TABLE accounts (id int PRIMARY KEY, v int NOT NULL);
            SELECT create_distributed_table('accounts', 'id');
            INSERT INTO accounts SELECT i, {Start} FROM generate_series(1, {Accounts}) i;
            CREATE TABLE transfers (id bigint PRIMARY KEY, giver int NOT NULL, taker int NOT NULL, amount int NOT NULL);
            SELECT create_distributed_table('transfers', 'id');
            """);
    }

    public async Task DisposeAsync()
    {
        if (_second is { } second)
            await second.DisposeAsync();
        await _cluster.DisposeAsync();
    }

    [Fact]
    public async Task No_money_is_lost_or_made_and_no_transfer_is_done_twice()
    {
        using var end = new CancellationTokenSource(Duration);
        var writers = Enumerable.Range(0, 6).Select(n => Task.Run(() => AgainAndAgainAsync(n, TransferAsync, end.Token)));
        var readers = Enumerable.Range(0, 3).Select(n => Task.Run(() => AgainAndAgainAsync(n, ReadAsync, end.Token)));
        var killer = Task.Run(() => KillAsync(end.Token));
        await Task.WhenAll(writers.Concat(readers).Append(killer));

        var settled = await SettledAfterAsync();
        await ReportAsync(settled);
        Assert.True(settled < SettleLimit, $"Prepared transactions were left for {settled}.\n{_cluster.Log}\n{_second?.Log}");
        await EverythingAddsUpAsync();
    }

    private async Task EverythingAddsUpAsync()
    {
        await using var session = await OpenAsync(1);
        Assert.Equal(Total, await SumAsync(session));
        var found = new Dictionary<long, int>();
        var balances = Enumerable.Range(0, Accounts + 1).ToDictionary(a => a, _ => Start);
        await using (var command = new NpgsqlCommand("SELECT id, giver, taker, amount FROM transfers", session))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                found[reader.GetInt64(0)] = found.GetValueOrDefault(reader.GetInt64(0)) + 1;
                balances[reader.GetInt32(1)] -= reader.GetInt32(3);
                balances[reader.GetInt32(2)] += reader.GetInt32(3);
            }
        }

        Assert.DoesNotContain(_acknowledged.Keys, id => found.GetValueOrDefault(id) != 1);
        await using var all = new NpgsqlCommand("SELECT id, v FROM accounts UNION ALL SELECT id, v FROM vault", session);
        await using var rows = await all.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            Assert.Equal(balances[rows.GetInt32(0)], rows.GetInt32(1));
        Assert.True(_acknowledged.Count > 100 && _snapshots > 20, $"{_acknowledged.Count} transfers, {_snapshots} snapshots");
    }

    private async Task TransferAsync(NpgsqlConnection session)
    {
        var id = (long)Interlocked.Increment(ref _ids);
        int giver, taker, amount, kind;
        lock (_random)
            (giver, taker, amount, kind) = (_random.Next(0, Accounts + 1), _random.Next(1, Accounts + 1), _random.Next(1, 5), _random.Next(4));
        if (giver == taker)
            return;
        string Change(int account) =>
            $"UPDATE {(account == 0 ? "vault" : "accounts")} SET v = v {(account == giver ? "-" : "+")} {amount} WHERE id = {account};";

        // In one order, so that they do not wait for each other in a circle.
        var work = $"INSERT INTO transfers VALUES ({id}, {giver}, {taker}, {amount}); {Change(Math.Min(giver, taker))} {Change(Math.Max(giver, taker))}";
        await session.ExecuteAsync(kind == 0 ? $"DO $$ BEGIN {work} END $$" : $"BEGIN; {work} COMMIT");
        _acknowledged[id] = true;
    }

    private async Task ReadAsync(NpgsqlConnection session)
    {
        var total = await SumAsync(session);
        if (total != Total)
        {
            // Whether only the snapshot was wrong, or a transfer was done by half.
            var later = await LaterAsync(async () =>
            {
                await using var fresh = await OpenAsync(_snapshots);
                return await SumAsync(fresh);
            });
            var differences = await LaterAsync(async () =>
            {
                await using var fresh = await OpenAsync(_snapshots);
                await using var command = new NpgsqlCommand(DifferencesSql, fresh);
                return (string)(await command.ExecuteScalarAsync())!;
            });
            Assert.Fail($"{total} instead of {Total}, and {later} five seconds later. By the transfers: {differences}.\n{_cluster.Log}\n{_second?.Log}");
        }

        Interlocked.Increment(ref _snapshots);
    }

    private static async Task<T> LaterAsync<T>(Func<Task<T>> read)
    {
        await Task.Delay(TimeSpan.FromSeconds(5));
        while (true)
        {
            try
            {
                return await read();
            }
            catch (Exception e) when (e is NpgsqlException or IOException or System.Net.Sockets.SocketException)
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task<long> SumAsync(NpgsqlConnection session)
    {
        await session.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ");
        var total = await NumberAsync(session, "SELECT sum(v) FROM accounts WHERE id % 2 = 0") + await NumberAsync(session, "SELECT v FROM vault")
            + await NumberAsync(session, "SELECT sum(v) FROM accounts WHERE id % 2 = 1");
        await session.ExecuteAsync("COMMIT");
        return total;
    }

    /// <summary>Works on one connection until it fails, and then on another one.</summary>
    private async Task AgainAndAgainAsync(int number, Func<NpgsqlConnection, Task> work, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                await using var session = await OpenAsync(number++);
                while (!end.IsCancellationRequested)
                    await work(session);
            }
            catch (Exception e) when (e is NpgsqlException or IOException or System.Net.Sockets.SocketException or InvalidOperationException or TimeoutException)
            {
                var what = e is PostgresException refused ? $"{refused.SqlState} {refused.MessageText}" : "connection lost";
                _errors.AddOrUpdate(what, 1, (_, n) => n + 1);
                await Task.Delay(100, CancellationToken.None);
            }
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(int number)
    {
        var port = number % 2 == 0 ? _cluster.Port : _second?.Port ?? _cluster.Port;
        var session = new NpgsqlConnection(Connections.Text(port) + ";Pooling=false;Timeout=5");
        await session.OpenAsync();
        return session;
    }

    private async Task KillAsync(CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            int victim;
            TimeSpan pause;
            lock (_random)
                (victim, pause) = (_random.Next(5), TimeSpan.FromMilliseconds(_random.Next(500, 3000)));
            await Task.Delay(pause, CancellationToken.None);
            var name = victim switch { 0 => "first router", 1 => "second router", 2 => "coordinator", _ => "worker" };
            _kills.AddOrUpdate(name, 1, (_, n) => n + 1);
            switch (victim)
            {
                case 0:
                    await _cluster.RestartRouterAsync();
                    break;
                case 1:
                    await (Interlocked.Exchange(ref _second, null)?.DisposeAsync() ?? ValueTask.CompletedTask);
                    _second = await _cluster.AddRouterAsync();
                    break;
                default:
                    await _cluster.KillNodeAsync(victim - 2);
                    using (var late = new CancellationTokenSource(TimeSpan.FromSeconds(60)))
                    {
                        while (!await AnswersAsync(victim - 2))
                            await Task.Delay(50, late.Token);
                    }

                    break;
            }
        }
    }

    private async Task<bool> AnswersAsync(int node)
    {
        try
        {
            return await _cluster.Nodes[node].ScalarAsync<int>("SELECT 1") == 1;
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            return false;
        }
    }

    /// <summary>How long prepared transactions were there after everything runs again.</summary>
    private async Task<TimeSpan> SettledAfterAsync()
    {
        var since = Stopwatch.StartNew();
        while (since.Elapsed < TimeSpan.FromSeconds(60))
        {
            if ((await _cluster.PreparedAsync()).Count == 0)
                break;
            await Task.Delay(50);
        }

        return since.Elapsed;
    }

    private async Task ReportAsync(TimeSpan settled)
    {
        if (Environment.GetEnvironmentVariable("TANGELO_MONEY_REPORT") is not { Length: > 0 } file)
            return;
        await File.WriteAllTextAsync(
            file,
            $"""
            {_acknowledged.Count} transfers acknowledged of {_ids} tried, {_snapshots} snapshots read, all right.
            Killed: {string.Join(", ", _kills.OrderBy(k => k.Key).Select(k => $"{k.Value} x {k.Key}"))}.
            Nothing prepared was left {settled.TotalSeconds:0.0} s after the end.
            Errors that clients saw:
            {string.Join('\n', _errors.OrderByDescending(e => e.Value).Select(e => $"  {e.Value,6}  {e.Key}"))}

            """);
    }

    private static async Task<long> NumberAsync(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }
}
