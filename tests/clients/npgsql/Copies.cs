using Npgsql;
using NpgsqlTypes;

namespace Tangelo.Clients.Npgsql;

/// <summary>COPY in binary and in text, both ways.</summary>
internal static class Copies
{
    private const string Into = "COPY copied (id, v, d, n, a) FROM STDIN (FORMAT binary)";

    public static async Task RunAsync()
    {
        await using var source = Client.Settings().Build();
        await Client.TableAsync(source, "copied", "id int PRIMARY KEY, v text, d timestamptz, n numeric, a int[]", "id");
        await using var connection = await source.OpenConnectionAsync();
        await using (var writer = await connection.BeginBinaryImportAsync(Into))
        {
            for (var id = 0; id < 10000; id++)
                await WriteAsync(writer, id);
            Client.Say("in", await writer.CompleteAsync());
        }

        await using (var writer = await connection.BeginBinaryImportAsync(Into))
            await WriteAsync(writer, 20000);
        Client.Say("not completed", await Client.RowsAsync(connection, "SELECT count(*), count(v), sum(n), sum(a[2]) FROM copied"));
        await Client.AttemptAsync("a key twice", async () =>
        {
            await using var writer = await connection.BeginBinaryImportAsync(Into);
            await WriteAsync(writer, 20000);
            await WriteAsync(writer, 5);
            return await writer.CompleteAsync();
        });
        await using (var reader = await connection.BeginBinaryExportAsync("COPY (SELECT id, v, d, n FROM copied WHERE id IN (3, 4, 9999) ORDER BY id) TO STDOUT (FORMAT binary)"))
        {
            while (await reader.StartRowAsync() != -1)
            {
                var id = await reader.ReadAsync<int>();
                string? v = null;
                if (reader.IsNull)
                    await reader.SkipAsync();
                else
                    v = await reader.ReadAsync<string>();
                Client.Say($"row {id}", new object?[] { v, await reader.ReadAsync<DateTime>(), await reader.ReadAsync<decimal>(NpgsqlDbType.Numeric) });
            }
        }

        await using (var reader = await connection.BeginBinaryExportAsync("COPY copied TO STDOUT (FORMAT binary)"))
        {
            // Left after its first row: the driver cancels it.
            Client.Say("a first row", await reader.StartRowAsync());
            await reader.CancelAsync();
        }

        await using (var writer = await connection.BeginTextImportAsync("COPY copied (id, v) FROM STDIN"))
            for (var id = 30000; id < 31000; id++)
                await writer.WriteAsync($"{id}\ttext {id}\n");
        using (var reader = await connection.BeginTextExportAsync("COPY (SELECT id, v FROM copied WHERE id % 10000 = 0 ORDER BY id) TO STDOUT (FORMAT csv)"))
            Client.Say("text", await reader.ReadToEndAsync());
        using var bytes = new MemoryStream();
        await using (var raw = await connection.BeginRawBinaryCopyAsync("COPY copied TO STDOUT (FORMAT binary)"))
            await raw.CopyToAsync(bytes);
        await Client.TableAsync(source, "copied_again", "LIKE copied", "id");
        bytes.Position = 0;
        await using (var raw = await connection.BeginRawBinaryCopyAsync("COPY copied_again FROM STDIN (FORMAT binary)"))
            await bytes.CopyToAsync(raw);
        Client.Say("raw", $"{bytes.Length} " + await Client.ScalarAsync(source, "SELECT count(*) FROM copied JOIN copied_again USING (id, d, a) WHERE id < 10000"));
    }

    private static async Task WriteAsync(NpgsqlBinaryImporter writer, int id)
    {
        await writer.StartRowAsync();
        await writer.WriteAsync(id, NpgsqlDbType.Integer);
        if (id % 3 == 0)
            await writer.WriteNullAsync();
        else
            await writer.WriteAsync($"value {id}", NpgsqlDbType.Text);
        await writer.WriteAsync(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(id), NpgsqlDbType.TimestampTz);
        await writer.WriteAsync(id / 4m, NpgsqlDbType.Numeric);
        await writer.WriteAsync(new[] { 1, id }, NpgsqlDbType.Array | NpgsqlDbType.Integer);
    }
}
