using System.Collections;
using System.Net;
using Npgsql;
using NpgsqlTypes;

namespace Tangelo.Clients.Npgsql;

/// <summary>Values of many types, there and back in binary.</summary>
internal static class Values
{
    private enum Mood
    {
        Sad,
        VeryHappy,
    }

    private sealed record Place(int X, string? Name);

    public static async Task TypesAsync()
    {
        await using var source = Client.Settings().EnableDynamicJson().Build();
        await Client.TableAsync(
            source, "kinds",
            "id bigint PRIMARY KEY, i2 int2, i4 int4, n numeric, f4 float4, f8 float8, b boolean, s text, vc varchar(9), by bytea, d date, t time, ts timestamp, tz timestamptz, iv interval, u uuid, "
            + "j json, jb jsonb, ints int[], texts text[], nested int[], ip inet, bits bit varying, r int4range, tr tstzrange, m int4multirange, p point, x oid, o money",
            "id");
        await using var connection = await source.OpenConnectionAsync();
        for (var id = 1; id <= 3; id++)
            Client.Say("inserted", await Client.RowsAsync(
                connection, $"INSERT INTO kinds VALUES ({string.Join(", ", Enumerable.Range(1, 29).Select(n => $"${n}"))}) RETURNING *",
                (long)id << 33, (short)id, id, 12345678901234567890.123456m, 1.5f, 2.25, id == 1, "é ☃ \\ '", "short", new byte[] { 0, 1, 255 }, new DateOnly(2024, 2, 29), new TimeOnly(1, 2, 3),
                new DateTime(2024, 2, 29, 12, 0, 0), new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Utc), TimeSpan.FromHours(25), new Guid(id, 0, 0, new byte[8]),
                new NpgsqlParameter { Value = "{\"a\": [1, null]}", NpgsqlDbType = NpgsqlDbType.Json },
                new NpgsqlParameter { Value = new Dictionary<string, int> { ["b"] = id }, NpgsqlDbType = NpgsqlDbType.Jsonb }, new int?[] { 1, null, 3 }, new[] { "a", "b,\"c", null, "" },
                new[,] { { 1, 2 }, { 3, 4 } }, IPAddress.Parse("10.0.0.1"), new BitArray([true, false, true]), new NpgsqlRange<int>(1, 5),
                new NpgsqlRange<DateTime>(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), true, false, default, false, true), new[] { new NpgsqlRange<int>(1, 3), new NpgsqlRange<int>(7, 9) },
                new NpgsqlPoint(1, 2), new NpgsqlParameter { Value = 26u, NpgsqlDbType = NpgsqlDbType.Oid }, new NpgsqlParameter { Value = 12.5m, NpgsqlDbType = NpgsqlDbType.Money }));
        Client.Say("read", await Client.RowsAsync(connection, "SELECT * FROM kinds ORDER BY id"));
        Client.Say("one", await Client.RowsAsync(connection, "SELECT * FROM kinds WHERE id = $1", 2L << 33));
        Client.Say("sums", await Client.RowsAsync(
            connection, "SELECT count(*), sum(n), avg(f8), max(ts), sum(iv), array_agg(i4 ORDER BY id), jsonb_agg(jb ORDER BY id) FROM kinds WHERE i4 = ANY ($1) AND r @> $2", new[] { 1, 3 }, 2));
        await using (var command = new NpgsqlCommand("SELECT * FROM kinds", connection))
        await using (var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.KeyInfo | System.Data.CommandBehavior.SchemaOnly))
            foreach (var column in await reader.GetColumnSchemaAsync())
                Client.Say(column.ColumnName, $"{column.DataTypeName} {column.BaseTableName} {column.IsKey} {column.AllowDBNull} {column.IsUnique} {column.ColumnSize}");
        await Client.AttemptAsync("too long", async () => await Client.ExecuteAsync(connection, "UPDATE kinds SET vc = $1", "longer than nine"));
        await Client.AttemptAsync("no cast", async () => await Client.ExecuteAsync(connection, "UPDATE kinds SET i4 = $1", "text"));
        await using (var command = new NpgsqlCommand("SELECT by, s FROM kinds ORDER BY id LIMIT 1", connection))
        await using (var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SequentialAccess))
        {
            await reader.ReadAsync();
            await using (var stream = await reader.GetStreamAsync(0))
                Client.Say("a stream", stream.ReadByte() + stream.ReadByte());
            using var text = await reader.GetTextReaderAsync(1);
            Client.Say("a reader", await text.ReadToEndAsync());
        }
    }

    public static async Task MappedAsync()
    {
        await using (var plain = Client.Settings().Build())
        {
            await Client.ExecuteAsync(plain, "CREATE TYPE mood AS ENUM ('sad', 'very_happy')");
            await Client.ExecuteAsync(plain, "CREATE TYPE place AS (x int, name text)");
            await Client.TableAsync(plain, "people", "id int PRIMARY KEY, m mood, p place, past mood[], places place[]", "id");
        }

        var builder = Client.Settings();
        builder.MapEnum<Mood>("client_npgsql.mood");
        builder.MapComposite<Place>("client_npgsql.place");
        await using var source = builder.Build();
        await using var connection = await source.OpenConnectionAsync();
        for (var id = 1; id <= 3; id++)
            await Client.ExecuteAsync(
                connection, "INSERT INTO people VALUES ($1, $2, $3, $4, $5)", id, Mood.VeryHappy, new Place(id, "a, \"b\""), new[] { Mood.Sad, Mood.VeryHappy }, new[] { new Place(1, null), new Place(2, "x") });
        Client.Say("people", await Client.RowsAsync(connection, "SELECT * FROM people ORDER BY id"));
        Client.Say("found", await Client.RowsAsync(connection, "SELECT id, (p).name FROM people WHERE m = $1 AND (p).x > $2 ORDER BY id", Mood.VeryHappy, 1));

        // A type that comes later is known after its types have been loaded again.
        await Client.ExecuteAsync(connection, "CREATE TYPE later AS ENUM ('one', 'two')");
        await Client.TableAsync(source, "waiting", "id int PRIMARY KEY, l later", "id");
        await connection.ReloadTypesAsync();
        await Client.ExecuteAsync(connection, "INSERT INTO waiting VALUES (1, $1)", new NpgsqlParameter { Value = "two", DataTypeName = "client_npgsql.later" });
        await Client.ExecuteAsync(connection, "ALTER TYPE later ADD VALUE 'three'");
        await Client.ExecuteAsync(connection, "INSERT INTO waiting VALUES (2, $1)", new NpgsqlParameter { Value = "three", DataTypeName = "client_npgsql.later" });
        Client.Say("later", await Client.RowsAsync(connection, "SELECT id, l FROM waiting ORDER BY id"));
    }
}
