using System.Collections;
using System.Globalization;
using System.Net;
using Npgsql;

namespace Tangelo.Clients.Npgsql;

/// <summary>The server that PGHOST and PGPORT name, and what the program prints.</summary>
internal static class Client
{
    private static readonly bool Distributes = Environment.GetEnvironmentVariable("TANGELO_DISTRIBUTE") == "1";

    /// <summary>Connects to the schema of this program.</summary>
    /// <param name="more">Further words of the connection string.</param>
    public static NpgsqlDataSourceBuilder Settings(string more = "") => new(
        $"Host={Variable("PGHOST", "localhost")};Port={Variable("PGPORT", "5432")};Username={Variable("PGUSER", "postgres")};Database={Variable("PGDATABASE", "postgres")};"
        + $"Search Path=client_npgsql;Timezone=UTC;Array Nullability Mode=PerInstance;Options=-c client_min_messages=warning;Command Timeout=60;{more}");

    public static void Say(string what, object? value) => Console.WriteLine($"{what}: {Text(value)}");

    /// <summary>Says what an action gives, or how it fails.</summary>
    public static async Task AttemptAsync(string what, Func<Task<object?>> action)
    {
        try
        {
            Say(what, await action());
        }
        catch (PostgresException e)
        {
            Say(what, $"{e.SqlState} {e.MessageText} {e.ConstraintName}");
        }
        catch (OperationCanceledException e)
        {
            Say(what, $"cancelled: {(e.InnerException as PostgresException)?.SqlState}");
        }
        catch (NpgsqlException e)
        {
            Say(what, e.InnerException is TimeoutException ? "timed out" : e.Message);
        }
    }

    public static async Task TableAsync(NpgsqlDataSource source, string name, string columns, string by)
    {
        await ExecuteAsync(source, $"CREATE TABLE {name} ({columns})");
        if (Distributes)
            await ExecuteAsync(source, "SELECT create_distributed_table($1, $2)", name, by);
    }

    public static async Task<int> ExecuteAsync(NpgsqlDataSource source, string sql, params object?[] values)
    {
        await using var command = source.CreateCommand(sql);
        Add(command, values);
        return await command.ExecuteNonQueryAsync();
    }

    public static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, params object?[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        Add(command, values);
        return await command.ExecuteNonQueryAsync();
    }

    public static async Task<object?> ScalarAsync(NpgsqlDataSource source, string sql, params object?[] values)
    {
        await using var command = source.CreateCommand(sql);
        Add(command, values);
        return await command.ExecuteScalarAsync();
    }

    public static async Task<object?> RowsAsync(NpgsqlConnection connection, string sql, params object?[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        Add(command, values);
        return await RowsAsync(command);
    }

    public static async Task<object?> RowsAsync(NpgsqlCommand command)
    {
        await using var reader = await command.ExecuteReaderAsync();
        return await RowsAsync(reader);
    }

    public static async Task<object?> RowsAsync(NpgsqlDataReader reader)
    {
        var rows = new List<object?[]>();
        while (await reader.ReadAsync())
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
                row[i] = reader.GetValue(i);
            rows.Add(row);
        }

        return rows;
    }

    private static void Add(NpgsqlCommand command, object?[] values)
    {
        foreach (var value in values)
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value ?? DBNull.Value });
    }

    private static string Text(object? value) => value switch
    {
        null or DBNull => "NULL",
        string text => text,
        byte[] bytes => Convert.ToHexString(bytes),
        BitArray bits => string.Concat(bits.Cast<bool>().Select(b => b ? '1' : '0')),
        DateTime time => time.ToString("O", CultureInfo.InvariantCulture) + time.Kind,
        IPAddress address => address.ToString(),
        IEnumerable many => "[" + string.Join(", ", many.Cast<object?>().Select(Text)) + "]",
        IFormattable text => text.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Variable(string name, string otherwise) => Environment.GetEnvironmentVariable(name) ?? otherwise;
}
