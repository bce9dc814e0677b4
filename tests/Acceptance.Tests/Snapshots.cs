using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// Money goes from one account to another, on other nodes or on the coordinator, through two routers. Whoever reads in one snapshot sees
/// all of a transfer or nothing of it.
/// </summary>
public sealed class Snapshots(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private const int Accounts = 40;
    private const int Start = 1000;
    private const long Total = (Accounts + 1L) * Start;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(8);

    private TestRouter? _second;

    private NpgsqlDataSource[] Routers => [fixture.Cluster.Router, _second!.DataSource];

    public async Task InitializeAsync()
    {
        _second = await fixture.Cluster.AddRouterAsync();
        await Routers[0].ExecuteAsync(
            $"""
            DROP TABLE IF EXISTS accounts, vault;
            CREATE TABLE vault (id int PRIMARY KEY, v int NOT NULL);
            INSERT INTO vault VALUES (0, {Start});
            CREATE TABLE accounts (id int PRIMARY KEY, v int NOT NULL);
            SELECT create_distributed_table('accounts', 'id');
            INSERT INTO accounts SELECT i, {Start} FROM generate_series(1, {Accounts}) i;
            CREATE OR REPLACE FUNCTION total() RETURNS bigint LANGUAGE plpgsql STABLE AS $$
            DECLARE result bigint := 0; part bigint;
            BEGIN
                FOR i IN 0..4 LOOP
                    SELECT coalesce(sum(v), 0) INTO part FROM accounts WHERE id % 5 = i;
                    result := result + part;
                END LOOP;
                RETURN result;
            END $$;
            """);
    }

    public async Task DisposeAsync() => await _second!.DisposeAsync();

    [Fact]
    public async Task A_repeatable_read_transaction_sees_whole_transfers()
    {
        var read = await WhileMoneyMovesAsync(withVault: true, async (session, turn) =>
        {
            await session.ExecuteAsync("BEGIN ISOLATION LEVEL REPEATABLE READ");
            var total = 0L;
            if (turn % 3 == 0)
                total += await NumberAsync(session, "SELECT sum(v) FROM vault");
            for (var part = 0; part < 4; part++)
                total += await NumberAsync(session, $"SELECT sum(v) FROM accounts WHERE id % 4 = {part}");
            if (turn % 3 != 0)
                total += await NumberAsync(session, "SELECT sum(v) FROM vault");
            await session.ExecuteAsync("COMMIT");
            return total;
        });
        Assert.All(read, total => Assert.Equal(Total, total));
    }

    [Fact]
    public async Task Statements_of_a_session_whose_default_it_is_see_whole_transfers()
    {
        var read = await WhileMoneyMovesAsync(withVault: false, async (session, turn) =>
        {
            if (turn == 0)
                await session.ExecuteAsync("SET default_transaction_isolation = 'repeatable read'");
            return await NumberAsync(session, turn % 2 == 0 ? "SELECT sum(v) FROM accounts" : "SELECT total()");
        });
        Assert.All(read, total => Assert.Equal(Total - Start, total));
    }

    [Fact]
    public async Task Single_statements_see_whole_transfers_where_that_is_set()
    {
        var read = await WhileMoneyMovesAsync(withVault: false, async (session, turn) =>
        {
            if (turn == 0)
                await session.ExecuteAsync("SET citus.distributed_snapshots = on");
            return await NumberAsync(session, (turn % 3) switch
            {
                0 => "SELECT sum(v) FROM accounts",
                1 => "SELECT sum(s) FROM (SELECT v AS s FROM accounts ORDER BY v LIMIT 1000) x",
                _ => "SELECT total()",
            });
        });
        Assert.All(read, total => Assert.Equal(Total - Start, total));
    }

    /// <summary>Transfers of three kinds through both routers, and what readers make of it meanwhile.</summary>
    private async Task<IReadOnlyCollection<long>> WhileMoneyMovesAsync(bool withVault, Func<NpgsqlConnection, int, Task<long>> read)
    {
        using var end = new CancellationTokenSource(Duration);
        var totals = new System.Collections.Concurrent.ConcurrentBag<long>();
        var transfers = 0;
        var writers = Enumerable.Range(0, 6).Select(async number =>
        {
            var random = new Random(number);
            await using var session = await Routers[number % 2].OpenConnectionAsync();
            while (!end.IsCancellationRequested)
            {
                var (from, to, amount) = (random.Next(1, Accounts + 1), random.Next(1, Accounts + 1), random.Next(1, 5));
                var (low, high) = (Math.Min(from, to), Math.Max(from, to));
                var sign = from == low ? -amount : amount;
                var sql = random.Next(3) switch
                {
                    0 when withVault => $"BEGIN; UPDATE accounts SET v = v - {amount} WHERE id = {from}; UPDATE vault SET v = v + {amount}; COMMIT",
                    1 => $"DO $$ BEGIN UPDATE accounts SET v = v + {sign} WHERE id = {low}; UPDATE accounts SET v = v - {sign} WHERE id = {high}; {(withVault ? "UPDATE vault SET v = v;" : "")} END $$",
                    _ => $"BEGIN; UPDATE accounts SET v = v + {sign} WHERE id = {low}; UPDATE accounts SET v = v - {sign} WHERE id = {high}; COMMIT",
                };
                await session.ExecuteAsync(sql);
                Interlocked.Increment(ref transfers);
            }
        });
        var readers = Enumerable.Range(0, 4).Select(async number =>
        {
            await using var session = await Routers[number % 2].OpenConnectionAsync();
            for (var turn = 0; !end.IsCancellationRequested; turn++)
                totals.Add(await read(session, turn));
        });
        await Task.WhenAll(writers.Concat(readers));
        Assert.True(transfers > 100 && totals.Count > 40, $"{transfers} transfers, {totals.Count} totals");
        return totals;
    }

    private static async Task<long> NumberAsync(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }
}
