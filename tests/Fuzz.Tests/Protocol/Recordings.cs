using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Fuzz.Tests.Protocol;

/// <summary>What real clients say: Npgsql and psql do something through a proxy that writes down what they send.</summary>
internal static class Recordings
{
    public const string Role = "fuzz";
    public const string Password = "fuzz and fuzz";

    private const string Tables =
        """
        DROP TABLE IF EXISTS things, places, plain_things;
        CREATE TABLE things (id int, v text, n numeric, at timestamptz);
        SELECT create_distributed_table('things', 'id');
        CREATE TABLE places (id int PRIMARY KEY, name text);
        SELECT create_reference_table('places');
        CREATE TABLE plain_things (id int, v text);
        GRANT ALL ON things, places, plain_things TO fuzz;
        """;

    /// <summary>Makes the tables and records all conversations.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<ClientMessage>>> MakeAsync(TestCluster cluster)
    {
        await cluster.Router.ExecuteAsync($"DO $$ BEGIN CREATE ROLE {Role} LOGIN PASSWORD '{Password}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
        await cluster.Router.ExecuteAsync(Tables);
        return
        [
            await OfNpgsqlAsync(cluster, ExtendedAsync),
            await OfNpgsqlAsync(cluster, BatchAsync),
            await OfNpgsqlAsync(cluster, CopyAsync),
            await OfNpgsqlAsync(cluster, CancelAsync),
            await OfPsqlAsync(cluster, "SELECT 1; SELECT count(*) FROM things; INSERT INTO things VALUES (1, 'x'), (2, 'y'); SELECT * FROM things ORDER BY id; SELECT 1/0;\n"),
            await OfPsqlAsync(cluster, "BEGIN; SAVEPOINT a; UPDATE things SET v = 'z' WHERE id = 2; ROLLBACK TO a; DECLARE c CURSOR FOR SELECT * FROM things; FETCH 1 FROM c; COMMIT;\n"),
            await OfPsqlAsync(cluster, "\\copy things from stdin\n1\ta\t1.5\t2020-01-01\n2\tb\t\\N\t\\N\n\\.\n\\copy things to stdout\nSET work_mem = '4MB'; SHOW work_mem; SET ROLE fuzz; RESET ROLE; LISTEN here; NOTIFY here, 'you';\n"),
            await OfPsqlAsync(cluster, "PREPARE p (int) AS SELECT * FROM things WHERE id = $1; EXECUTE p (1); DEALLOCATE p; EXPLAIN SELECT * FROM things t JOIN places USING (id); CREATE TEMP TABLE own (a int); DROP TABLE own;\n\\d things\n"),
            [new ClientMessage(null, [0x04, 0xd2, 0x16, 0x2f]), new ClientMessage(null, [0x04, 0xd2, 0x16, 0x2e, 0, 0, 0, 1, 0, 0, 0, 2])],
            [new ClientMessage(null, [0x04, 0xd2, 0x16, 0x30]), new ClientMessage(null, [0, 3, 0, 2, .. "user\0postgres\0_pq_.x\0y\0\0"u8])],
        ];
    }

    private static async Task<List<ClientMessage>> RecordAsync(TestCluster cluster, Func<int, Task> run)
    {
        var sent = new List<byte>();
        await using var proxy = new FaultProxy(cluster.Port, (piece, pass) =>
        {
            lock (sent)
                sent.AddRange(piece.Span);
            return pass();
        });
        await run(proxy.Port);
        lock (sent)
            return ClientMessage.Split(sent.ToArray());
    }

    private static Task<List<ClientMessage>> OfPsqlAsync(TestCluster cluster, string script) =>
        RecordAsync(cluster, port => new PsqlRunner(port).RunAsync(script, ["-q"]));

    // This role shows a password: its conversations begin with SASL.
    private static Task<List<ClientMessage>> OfNpgsqlAsync(TestCluster cluster, Func<NpgsqlConnection, Task> run) => RecordAsync(cluster, async port =>
    {
        var text = new NpgsqlConnectionStringBuilder(Connections.Text(port)) { Username = Role, Password = Password, Pooling = false, SslMode = SslMode.Disable };
        await using var connection = new NpgsqlConnection(text.ConnectionString);
        await connection.OpenAsync();
        await run(connection);
    });

    private static async Task ExtendedAsync(NpgsqlConnection connection)
    {
        await using var insert = new NpgsqlCommand("INSERT INTO things VALUES ($1, $2, $3, now()) RETURNING id", connection)
        {
            Parameters = { new() { Value = 7 }, new() { Value = "seven" }, new() { Value = 7.5m } },
        };
        await insert.ExecuteScalarAsync();
        await using var select = new NpgsqlCommand("SELECT * FROM things WHERE id = $1", connection) { Parameters = { new() { Value = 7 } } };
        await select.PrepareAsync();
        for (var i = 0; i < 3; i++)
            await select.ExecuteScalarAsync();
        await using var all = new NpgsqlCommand("SELECT t.id, count(*) FROM things t LEFT JOIN places p USING (id) GROUP BY 1 ORDER BY 1 LIMIT $1", connection) { Parameters = { new() { Value = 5L } } };
        await all.ExecuteScalarAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var update = new NpgsqlCommand("UPDATE things SET v = v || $1", connection, transaction) { Parameters = { new() { Value = "!" } } };
        await update.ExecuteNonQueryAsync();
        await transaction.RollbackAsync();
    }

    private static async Task BatchAsync(NpgsqlConnection connection)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("INSERT INTO things VALUES (1, 'a')"), new("SELECT count(*) FROM things"), new("SELECT * FROM places"), new("DELETE FROM things WHERE id = 1") },
        };
        await batch.ExecuteNonQueryAsync();
    }

    private static async Task CopyAsync(NpgsqlConnection connection)
    {
        await using (var writer = await connection.BeginBinaryImportAsync("COPY things (id, v) FROM STDIN (FORMAT binary)"))
        {
            for (var i = 0; i < 10; i++)
                await writer.WriteRowAsync(CancellationToken.None, i, "v" + i);
            await writer.CompleteAsync();
        }

        await using (var text = await connection.BeginTextImportAsync("COPY things (id, v) FROM STDIN (FORMAT csv)"))
            await text.WriteAsync("1,\"a\nb\"\n2,c\n");
        using var reader = await connection.BeginTextExportAsync("COPY (SELECT * FROM things) TO STDOUT");
        await reader.ReadToEndAsync();
    }

    private static async Task CancelAsync(NpgsqlConnection connection)
    {
        await using var sleep = new NpgsqlCommand("SELECT pg_sleep(0.3)", connection);
        var sleeping = sleep.ExecuteNonQueryAsync();
        await Task.Delay(50);
        sleep.Cancel();
        try
        {
            await sleeping;
        }
        catch (Exception e) when (e is PostgresException or OperationCanceledException)
        {
            // It was cancelled, unless the request came late.
        }
    }
}
