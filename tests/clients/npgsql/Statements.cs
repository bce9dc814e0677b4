using System.Data;
using Npgsql;
using NpgsqlTypes;

namespace Tangelo.Clients.Npgsql;

/// <summary>Prepared statements, batches and transactions.</summary>
internal static class Statements
{
    public static async Task PreparedAsync()
    {
        foreach (var words in new[] { "", "Max Auto Prepare=5;Auto Prepare Min Usages=2", "No Reset On Close=true;Max Auto Prepare=20;Auto Prepare Min Usages=1" })
        {
            await using var source = Client.Settings(words).Build();
            await Client.ExecuteAsync(source, "DROP TABLE IF EXISTS words");
            await Client.TableAsync(source, "words", "id int PRIMARY KEY, w text NOT NULL", "id");
            await using var connection = await source.OpenConnectionAsync();
            await using var put = new NpgsqlCommand("INSERT INTO words VALUES (@id, @w)", connection) { Parameters = { new("id", NpgsqlDbType.Integer), new("w", NpgsqlDbType.Text) } };
            await put.PrepareAsync();
            for (var id = 0; id < 12; id++)
            {
                put.Parameters[0].Value = id;
                put.Parameters[1].Value = $"w{id}";
                await put.ExecuteNonQueryAsync();
            }

            // More texts than it keeps, over and over.
            var got = new List<object?>();
            for (var round = 0; round < 21; round++)
                got.Add(await Client.RowsAsync(connection, $"SELECT w, {round % 7} FROM words WHERE id = $1", round % 12));
            Client.Say("prepared", got);
            const string all = "SELECT * FROM words WHERE id = $1";
            for (var n = 0; n < 3; n++)
                await Client.RowsAsync(connection, all, 3);
            await Client.ExecuteAsync(connection, "ALTER TABLE words ADD COLUMN more int DEFAULT 7");
            await Client.AttemptAsync("another column", () => Client.RowsAsync(connection, all, 3));
            await Client.AttemptAsync("again", () => Client.RowsAsync(connection, all, 3));
            Client.Say("the insert", await put.UnprepareThenRunAsync());
            await Client.AttemptAsync("a key twice", async () => await put.ExecuteNonQueryAsync());
            await connection.CloseAsync();
            await connection.OpenAsync();
            await Client.AttemptAsync("from the pool", () => Client.RowsAsync(connection, all, 3));
            connection.UnprepareAll();
            Client.Say("unprepared", await Client.RowsAsync(connection, all, 4));
        }
    }

    public static async Task BatchesAsync()
    {
        await using var source = Client.Settings().Build();
        await using var connection = await source.OpenConnectionAsync();
        await using (var batch = new NpgsqlBatch(connection))
        {
            for (var id = 100; id < 110; id++)
                batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO words VALUES ($1, 'batch') RETURNING id") { Parameters = { new() { Value = id } } });
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT count(*) FROM words WHERE w = 'batch'"));
            await using var reader = await batch.ExecuteReaderAsync();
            var results = new List<object?>();
            do
                results.Add(await Client.RowsAsync(reader));
            while (await reader.NextResultAsync());
            Client.Say("results", results);
        }

        foreach (var barrier in new[] { false, true })
        {
            await using var batch = new NpgsqlBatch(connection) { EnableErrorBarriers = barrier };
            foreach (var id in new[] { 200, 201, 100, 202 })
                batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO words VALUES ($1, 'with an error')") { Parameters = { new() { Value = id } } });
            await Client.AttemptAsync("an error", async () => await batch.ExecuteNonQueryAsync());
            Client.Say(barrier ? "with barriers" : "without", await Client.RowsAsync(connection, "SELECT id FROM words WHERE id >= 200 ORDER BY id"));
        }

        Client.Say("in one text", await Client.ExecuteAsync(connection, "UPDATE words SET w = 'x' WHERE id = 100; DELETE FROM words WHERE id IN (101, 102)"));
    }

    public static async Task TransactionsAsync()
    {
        await using var source = Client.Settings().Build();
        await Client.TableAsync(source, "accounts", "id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0)", "id");
        await Client.ExecuteAsync(source, "INSERT INTO accounts SELECT i, 100 FROM generate_series(1, 10) i");
        await using var connection = await source.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead))
        {
            await Client.ExecuteAsync(connection, "UPDATE accounts SET balance = balance - 30 WHERE id = 1");
            await transaction.SaveAsync("s");
            await Client.AttemptAsync("too little", async () => await Client.ExecuteAsync(connection, "UPDATE accounts SET balance = balance - 300 WHERE id = 2"));
            await Client.AttemptAsync("after it", () => Client.RowsAsync(connection, "SELECT 1"));
            await transaction.RollbackAsync("s");
            await Client.ExecuteAsync(connection, "UPDATE accounts SET balance = balance + 30 WHERE id = 2");
            await transaction.CommitAsync();
        }

        await using (await connection.BeginTransactionAsync())
            await Client.ExecuteAsync(connection, "DELETE FROM accounts");
        Client.Say("balances", await Client.RowsAsync(connection, "SELECT * FROM accounts WHERE balance <> 100 ORDER BY id"));

        // A statement that others wait for while it is read.
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var command = new NpgsqlCommand("SELECT id FROM accounts ORDER BY id FOR UPDATE", connection, transaction);
            Client.Say("locked", await Client.RowsAsync(command));
            await using var other = await source.OpenConnectionAsync();
            await Client.AttemptAsync("another", () => Client.RowsAsync(other, "SELECT id FROM accounts WHERE id = 1 FOR UPDATE NOWAIT"));
            await transaction.CommitAsync();
            await Client.AttemptAsync("then", () => Client.RowsAsync(other, "SELECT id FROM accounts WHERE id = 1 FOR UPDATE NOWAIT"));
        }
    }

    private static async Task<int> UnprepareThenRunAsync(this NpgsqlCommand put)
    {
        put.Parameters[0].Value = 50;
        var first = await put.ExecuteNonQueryAsync();
        await put.UnprepareAsync();
        put.Parameters[0].Value = 51;
        return first + await put.ExecuteNonQueryAsync();
    }
}
