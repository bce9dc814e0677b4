using System.Globalization;
using System.Text;
using Npgsql;

namespace Tangelo.Compat.Tests.Drivers;

/// <summary>What a driver test does on one server, writing down all that it sees.</summary>
internal sealed class DriverScenario(NpgsqlConnection connection, bool isCluster)
{
    private readonly StringBuilder _seen = new();

    public NpgsqlConnection Connection => connection;

    public string Seen => _seen.ToString();

    public void Note(object? value)
        => _seen.AppendLine(value switch
        {
            null or DBNull => "NULL",
            byte[] bytes => Convert.ToHexString(bytes),
            Array array => "[" + string.Join(",", array.Cast<object?>()) + "]",
            DateTime time => time.ToString("O", CultureInfo.InvariantCulture) + time.Kind,
            IFormattable text => text.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString(),
        });

    public async Task RunAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        Note(await command.ExecuteNonQueryAsync());
    }

    /// <summary>Distributes a table where there is something to distribute over.</summary>
    public async Task DistributeAsync(string table, string column)
    {
        if (!isCluster)
            return;
        await using var command = new NpgsqlCommand($"SELECT create_distributed_table('{table}', '{column}')", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Notes every row and column that a command gives, and the columns' types; errors by code and constraint.</summary>
    public async Task ReadAsync(NpgsqlCommand command)
    {
        try
        {
            await using var reader = await command.ExecuteReaderAsync();
            do
            {
                for (var i = 0; i < reader.FieldCount; i++)
                    Note($"{reader.GetName(i)} {reader.GetDataTypeName(i)}");
                while (await reader.ReadAsync())
                {
                    for (var i = 0; i < reader.FieldCount; i++)
                        Note(reader.GetValue(i));
                }
            }
            while (await reader.NextResultAsync());
            Note(reader.RecordsAffected);
        }
        catch (PostgresException error)
        {
            Note(error);
        }
    }

    private void Note(PostgresException error)
        => Note($"{error.SqlState} {error.MessageText} {error.SchemaName} {error.TableName} {error.ConstraintName}");

    /// <summary>Notes the error that an action gives.</summary>
    public async Task FailsAsync(Func<Task> action) => Note(await Assert.ThrowsAsync<PostgresException>(action));
}
