using Npgsql;
using Tangelo.Catalog;

namespace Tangelo.Cluster.Metadata;

/// <summary>The postgres_fdw server on the coordinator that leads back to the router, and its user mapping.</summary>
internal static class Loopback
{
    /// <summary>The user name that a loopback connection starts with.</summary>
    public const string User = "tangelo_loopback";

    /// <summary>Sets address and secret where they differ; true when something was changed.</summary>
    public static async Task<bool> ConfigureAsync(NpgsqlConnection connection, InstallOptions options, CancellationToken cancellation)
    {
        var changed = false;
        await using (var database = new NpgsqlCommand("SELECT current_database()::text", connection))
        {
            var name = (string)(await database.ExecuteScalarAsync(cancellation))!;
            changed |= await SetServerOptionAsync(connection, "host", options.LoopbackHost, cancellation);
            changed |= await SetServerOptionAsync(connection, "port", options.LoopbackPort.ToString(), cancellation);
            changed |= await SetServerOptionAsync(connection, "dbname", name, cancellation);
        }

        if (await ReadOptionAsync(connection, "password", cancellation) is not null)
            return changed;

        await RunAsync(
            connection,
            $"""
            CREATE USER MAPPING FOR PUBLIC SERVER tangelo_loopback
            OPTIONS (user '{User}', password {ShardNames.Literal(options.Secret)}, password_required 'true')
            """,
            cancellation);
        return true;
    }

    /// <summary>An option of the user mapping, or null.</summary>
    public static Task<string?> ReadOptionAsync(NpgsqlConnection connection, string option, CancellationToken cancellation) =>
        ReadAsync(
            connection,
            """
            SELECT o.option_value FROM pg_catalog.pg_user_mapping m
            JOIN pg_catalog.pg_foreign_server s ON s.oid = m.umserver, pg_catalog.pg_options_to_table(m.umoptions) o
            WHERE s.srvname = 'tangelo_loopback' AND m.umuser = 0 AND o.option_name = $1
            """,
            option,
            cancellation);

    private static async Task<bool> SetServerOptionAsync(NpgsqlConnection connection, string option, string value, CancellationToken cancellation)
    {
        var present = await ReadAsync(
            connection,
            """
            SELECT o.option_value FROM pg_catalog.pg_foreign_server s, pg_catalog.pg_options_to_table(s.srvoptions) o
            WHERE s.srvname = 'tangelo_loopback' AND o.option_name = $1
            """,
            option,
            cancellation);
        if (present == value)
            return false;

        var verb = present is null ? "ADD" : "SET";
        await RunAsync(connection, $"ALTER SERVER tangelo_loopback OPTIONS ({verb} {option} {ShardNames.Literal(value)})", cancellation);
        return true;
    }

    private static async Task<string?> ReadAsync(NpgsqlConnection connection, string sql, string parameter, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = parameter } } };
        return await command.ExecuteScalarAsync(cancellation) as string;
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
