using Npgsql;
using NpgsqlTypes;
using Tangelo.Compat.Tests.Running;
using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Drivers;

/// <summary>Npgsql sees the same through a router as from a plain server.</summary>
[Collection(CompatCollection.Name)]
public sealed class NpgsqlTests(CompatServers servers)
{
    [Fact]
    public Task Parameters_of_every_type_travel_in_binary() => BothAsync("npgsql_types", async s =>
    {
        await s.RunAsync("CREATE TABLE t (id int PRIMARY KEY, b bool, i2 int2, i8 int8, f4 float4, f8 float8, n numeric, s text, by bytea, u uuid, d date, ts timestamp, tz timestamptz, iv interval, a int[], ta text[], j jsonb, ip inet, r int4range)");
        await s.DistributeAsync("t", "id");
        for (var id = 1; id <= 4; id++)
        {
            await using var insert = new NpgsqlCommand("INSERT INTO t VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19) RETURNING *", s.Connection);
            foreach (var value in new object[]
                     {
                         id, id % 2 == 0, (short)id, (long)id << 40, 1.5f, 2.25, 12.345m, $"text {id} ☃", new byte[] { 0, 1, 255 },
                         new Guid(id, 0, 0, new byte[8]), new DateOnly(2024, 2, 28 + id % 2), new DateTime(2024, 1, id), new DateTime(2024, 1, id, 12, 0, 0, DateTimeKind.Utc),
                         TimeSpan.FromHours(25), new[] { id, 2 }, new[] { "a", "b,c" },
                     })
                insert.Parameters.Add(new NpgsqlParameter { Value = value });
            insert.Parameters.Add(new NpgsqlParameter { Value = "{\"a\": 1}", NpgsqlDbType = NpgsqlDbType.Jsonb });
            insert.Parameters.Add(new NpgsqlParameter { Value = System.Net.IPAddress.Parse("10.0.0.1"), NpgsqlDbType = NpgsqlDbType.Inet });
            insert.Parameters.Add(new NpgsqlParameter { Value = new NpgsqlRange<int>(1, 5) });
            await s.ReadAsync(insert);
        }
        await using var one = new NpgsqlCommand("SELECT * FROM t WHERE id = $1", s.Connection) { Parameters = { new() { Value = 3 } } };
        await s.ReadAsync(one);
        await using var all = new NpgsqlCommand("SELECT * FROM t ORDER BY id", s.Connection);
        await s.ReadAsync(all);
        await using var sums = new NpgsqlCommand("SELECT count(*), sum(n), avg(i8), max(ts), min(tz), sum(iv) FROM t WHERE id = ANY ($1)", s.Connection)
        {
            Parameters = { new() { Value = new[] { 1, 2, 4 } } },
        };
        await s.ReadAsync(sums);
    });

    [Fact]
    public Task Prepared_statements_run_again_and_again() => BothAsync("npgsql_prepared", async s =>
    {
        await s.RunAsync("CREATE TABLE t (id int PRIMARY KEY, v text)");
        await s.DistributeAsync("t", "id");
        await using var insert = new NpgsqlCommand("INSERT INTO t VALUES (@id, @v)", s.Connection);
        insert.Parameters.Add(new NpgsqlParameter("id", NpgsqlDbType.Integer));
        insert.Parameters.Add(new NpgsqlParameter("v", NpgsqlDbType.Text));
        await insert.PrepareAsync();
        await using var select = new NpgsqlCommand("SELECT v FROM t WHERE id = @id", s.Connection);
        select.Parameters.Add(new NpgsqlParameter("id", NpgsqlDbType.Integer));
        await select.PrepareAsync();
        for (var i = 0; i < 50; i++)
        {
            insert.Parameters[0].Value = i;
            insert.Parameters[1].Value = i % 5 == 0 ? DBNull.Value : $"v{i}";
            s.Note(await insert.ExecuteNonQueryAsync());
            select.Parameters[0].Value = i;
            await s.ReadAsync(select);
        }
        insert.Parameters[0].Value = 7;
        await s.FailsAsync(() => insert.ExecuteNonQueryAsync());
        await s.RunAsync("ALTER TABLE t ADD COLUMN w int DEFAULT 3");
        insert.Parameters[0].Value = 100;
        s.Note(await insert.ExecuteNonQueryAsync());
        select.Parameters[0].Value = 100;
        await s.ReadAsync(select);
        await select.UnprepareAsync();
        await s.ReadAsync(select);
    });

    [Fact]
    public Task A_batch_is_one_transaction() => BothAsync("npgsql_batch", async s =>
    {
        await s.RunAsync("CREATE TABLE t (id int PRIMARY KEY, v int)");
        await s.DistributeAsync("t", "id");
        await using (var batch = new NpgsqlBatch(s.Connection))
        {
            for (var i = 1; i <= 20; i++)
                batch.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO t VALUES ($1, $2)") { Parameters = { new() { Value = i }, new() { Value = i * 2 } } });
            batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT sum(v) FROM t"));
            s.Note(await batch.ExecuteScalarAsync());
        }
        await using (var failing = new NpgsqlBatch(s.Connection))
        {
            failing.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO t VALUES (100, 1)"));
            failing.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO t VALUES (5, 1)"));
            failing.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO t VALUES (101, 1)"));
            await s.FailsAsync(() => failing.ExecuteNonQueryAsync());
        }
        await using var count = new NpgsqlCommand("SELECT count(*) FROM t; SELECT max(id) FROM t WHERE id > 99", s.Connection);
        await s.ReadAsync(count);
        await using var barriers = new NpgsqlBatch(s.Connection) { EnableErrorBarriers = true };
        barriers.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO t VALUES (200, 1)"));
        barriers.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO t VALUES (5, 1)"));
        barriers.BatchCommands.Add(new NpgsqlBatchCommand("INSERT INTO t VALUES (201, 1)"));
        await s.FailsAsync(() => barriers.ExecuteNonQueryAsync());
        await s.ReadAsync(count);
    });

    [Fact]
    public Task Binary_copy_goes_in_and_comes_out() => BothAsync("npgsql_copy", async s =>
    {
        await s.RunAsync("CREATE TABLE t (id bigint PRIMARY KEY, name text, n numeric, made timestamptz)");
        await s.DistributeAsync("t", "id");
        await using (var import = await s.Connection.BeginBinaryImportAsync("COPY t (id, name, n, made) FROM STDIN (FORMAT binary)"))
        {
            for (var i = 0; i < 5000; i++)
            {
                await import.StartRowAsync();
                await import.WriteAsync((long)i, NpgsqlDbType.Bigint);
                if (i % 10 == 0)
                    await import.WriteNullAsync();
                else
                    await import.WriteAsync($"name {i}", NpgsqlDbType.Text);
                await import.WriteAsync(i / 4m, NpgsqlDbType.Numeric);
                await import.WriteAsync(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i), NpgsqlDbType.TimestampTz);
            }
            s.Note(await import.CompleteAsync());
        }
        await using var sums = new NpgsqlCommand("SELECT count(*), count(name), sum(n), max(made) FROM t", s.Connection);
        await s.ReadAsync(sums);
        var rows = new List<string>();
        await using (var export = await s.Connection.BeginBinaryExportAsync("COPY t (id, name) TO STDOUT (FORMAT binary)"))
        {
            while (await export.StartRowAsync() != -1)
            {
                var id = await export.ReadAsync<long>(NpgsqlDbType.Bigint);
                if (export.IsNull)
                {
                    await export.SkipAsync();
                    rows.Add($"{id} null");
                }
                else
                {
                    rows.Add($"{id} {await export.ReadAsync<string>(NpgsqlDbType.Text)}");
                }
            }
        }
        s.Note(rows.Count);
        s.Note(string.Join('|', rows.Order(StringComparer.Ordinal)));
        await using (var cancelled = await s.Connection.BeginBinaryImportAsync("COPY t (id) FROM STDIN (FORMAT binary)"))
        {
            await cancelled.StartRowAsync();
            await cancelled.WriteAsync(-1L, NpgsqlDbType.Bigint);
        }
        await s.ReadAsync(sums);
    });

    [Fact]
    public Task Transactions_savepoints_and_readers_work() => BothAsync("npgsql_transactions", async s =>
    {
        await s.RunAsync("CREATE TABLE t (id int PRIMARY KEY, v int)");
        await s.DistributeAsync("t", "id");
        await using (var transaction = await s.Connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead))
        {
            await s.RunAsync("INSERT INTO t SELECT i, i FROM generate_series(1, 100) i");
            await transaction.SaveAsync("here");
            await s.FailsAsync(() => s.RunAsync("INSERT INTO t VALUES (1, 1)"));
            await transaction.RollbackAsync("here");
            await transaction.CommitAsync();
        }
        await using (var transaction = await s.Connection.BeginTransactionAsync())
        {
            await s.RunAsync("DELETE FROM t");
            await transaction.RollbackAsync();
        }
        await using (var partial = new NpgsqlCommand("SELECT id FROM t ORDER BY id", s.Connection))
        await using (var reader = await partial.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            s.Note(reader.GetInt32(0));
        }
        await using (var schemaOf = new NpgsqlCommand("SELECT id, v AS value FROM t", s.Connection))
        await using (var reader = await schemaOf.ExecuteReaderAsync(System.Data.CommandBehavior.KeyInfo))
        {
            foreach (var column in await reader.GetColumnSchemaAsync())
                s.Note($"{column.ColumnName} {column.BaseColumnName} {column.BaseTableName} {column.IsKey} {column.DataTypeName}");
        }
        await using var count = new NpgsqlCommand("SELECT count(*), sum(v) FROM t", s.Connection);
        await s.ReadAsync(count);
    });

    [Fact]
    public Task A_running_statement_can_be_cancelled() => BothAsync("npgsql_cancel", async s =>
    {
        await s.RunAsync("CREATE TABLE t (id int PRIMARY KEY)");
        await s.DistributeAsync("t", "id");
        await s.RunAsync("INSERT INTO t SELECT generate_series(1, 10)");
        foreach (var sql in new[] { "SELECT pg_sleep(30)", "SELECT pg_sleep(30) FROM t WHERE id = 3", "SELECT count(pg_sleep(30)) FROM t" })
        {
            await using var slow = new NpgsqlCommand(sql, s.Connection);
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow.ExecuteNonQueryAsync(soon.Token));
            s.Note((cancelled.InnerException as PostgresException)?.SqlState);
            await s.RunAsync("INSERT INTO t SELECT max(id) + 1 FROM t");
        }
    });

    private async Task BothAsync(string schema, Func<DriverScenario, Task> body)
    {
        var pair = await servers.PlainAndClusterAsync();
        Assert.Equal(await SeenAsync(pair.Plain, schema, false, body), await SeenAsync(pair.Cluster, schema, pair.IsCluster, body));
    }

    private static async Task<string> SeenAsync(ServerAddress server, string schema, bool isCluster, Func<DriverScenario, Task> body)
    {
        await using var source = NpgsqlDataSource.Create(server.ConnectionString + $";Search Path={schema};Timeout=15;Command Timeout=60;Pooling=false");
        await using var connection = await source.OpenConnectionAsync();
        var scenario = new DriverScenario(connection, isCluster);
        await scenario.RunAsync($"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        await body(scenario);
        await scenario.RunAsync($"DROP SCHEMA {schema} CASCADE");
        return scenario.Seen;
    }
}
