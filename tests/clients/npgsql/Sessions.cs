using Npgsql;

namespace Tangelo.Clients.Npgsql;

/// <summary>Many connections, multiplexing, pools, cancelling and notifications.</summary>
internal static class Sessions
{
    public static async Task MultiplexingAsync()
    {
        await using var source = Client.Settings("Multiplexing=true;Maximum Pool Size=6;Max Auto Prepare=10;Auto Prepare Min Usages=2").Build();
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(n => (n % 5) switch
        {
            0 => Client.ScalarAsync(source, "UPDATE accounts SET balance = balance + 1 WHERE id = $1 RETURNING id", n % 10 + 1),
            1 => Client.ScalarAsync(source, "SELECT count(*) + $1 FROM accounts", n),
            2 => Client.ScalarAsync(source, "SELECT id FROM accounts WHERE id = $1", n % 10 + 1),
            3 => FailingAsync(source, n),
            _ => Client.ScalarAsync(source, "SELECT $1::text", $"{n}"),
        }));
        Client.Say("300 at once", answers);
        Client.Say("sum", await Client.ScalarAsync(source, "SELECT sum(balance) FROM accounts"));
        await using var connection = await source.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await Client.ExecuteAsync(connection, "UPDATE accounts SET balance = 0");
            await transaction.RollbackAsync();
        }

        Client.Say("rolled back", await Client.ScalarAsync(source, "SELECT sum(balance) FROM accounts"));
    }

    public static async Task PoolingAsync()
    {
        await using var source = Client.Settings("Maximum Pool Size=8").Build();
        var connections = new List<NpgsqlConnection>();
        for (var n = 0; n < 8; n++)
        {
            connections.Add(await source.OpenConnectionAsync());
            await Client.ExecuteAsync(connections[n], $"SET app.who = 'session {n}'");
            await Client.ExecuteAsync(connections[n], $"CREATE TEMPORARY TABLE mine AS SELECT {n} AS n");
            if (n < 6)
                await Client.ExecuteAsync(connections[n], "DROP TABLE mine");
            else
                await connections[n].CloseAsync();
        }

        for (var round = 0; round < 3; round++)
        {
            var who = new List<object?>();
            foreach (var connection in connections.Take(6))
                who.Add(await Client.RowsAsync(connection, "SELECT current_setting('app.who'), sum(id) FROM accounts WHERE id <> $1", round));
            Client.Say("who", who);
        }

        foreach (var connection in connections.Take(6))
            await connection.CloseAsync();
        var reset = new List<object?>();
        foreach (var connection in connections)
        {
            await connection.OpenAsync();
            reset.Add(await Client.RowsAsync(connection, "SELECT current_setting('app.who', true), to_regclass('mine')::text"));
        }

        Client.Say("from the pool", reset);
        foreach (var connection in connections)
            await connection.DisposeAsync();
        var sums = await Task.WhenAll(Enumerable.Range(0, 60).Select(async n =>
        {
            await using var connection = await source.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await Client.ExecuteAsync(connection, "UPDATE accounts SET balance = balance + 1 WHERE id = $1", n % 10 + 1);
            await Client.ExecuteAsync(connection, "UPDATE accounts SET balance = balance - 1 WHERE id = $1", n % 10 + 1);
            await transaction.CommitAsync();
            return 1;
        }));
        Client.Say("60 for 8 connections", sums.Sum());
    }

    public static async Task CancellingAsync()
    {
        await using var source = Client.Settings().Build();
        await using var connection = await source.OpenConnectionAsync();
        foreach (var sql in new[] { "SELECT pg_sleep(30)", "SELECT count(*) FROM accounts WHERE pg_sleep(3) IS NOT NULL", "UPDATE accounts SET balance = balance + 1 WHERE pg_sleep(3) IS NOT NULL" })
        {
            await Client.AttemptAsync("cancelled", async () =>
            {
                using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
                await using var command = new NpgsqlCommand(sql, connection);
                return await command.ExecuteScalarAsync(soon.Token);
            });
            await Client.AttemptAsync("timed out", async () =>
            {
                await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 1 };
                return await command.ExecuteScalarAsync();
            });
        }

        Client.Say("goes on", await Client.RowsAsync(connection, "SELECT count(*) FROM accounts"));
    }

    public static async Task NotificationsAsync()
    {
        await using var source = Client.Settings().Build();
        await using var hears = await source.OpenConnectionAsync();
        var heard = new List<string>();
        hears.Notification += (_, e) => heard.Add($"{e.Channel} {e.Payload}");
        hears.Notice += (_, e) => heard.Add($"{e.Notice.Severity} {e.Notice.MessageText}");
        await Client.ExecuteAsync(hears, "LISTEN client_npgsql");
        for (var n = 0; n < 3; n++)
            await Client.ScalarAsync(source, "SELECT pg_notify('client_npgsql', $1)", $"{n}");
        while (heard.Count < 3)
            await hears.WaitAsync();
        await Client.ExecuteAsync(hears, "DO $$ BEGIN RAISE WARNING 'careful'; END $$");
        Client.Say("heard", heard);
    }

    private static async Task<object?> FailingAsync(NpgsqlDataSource source, int n)
    {
        try
        {
            return await Client.ScalarAsync(source, "SELECT 1 / (id - $1) FROM accounts WHERE id = $1", n % 10 + 1);
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }
}
