using System.Net;
using Npgsql;
using Tangelo.Catalog;

namespace Tangelo.Cluster.Metadata;

/// <summary>The postgres_fdw server on the coordinator that leads back to the router, and its user mapping.</summary>
internal static class Loopback
{
    /// <summary>The user name that a loopback connection starts with.</summary>
    public const string User = "tangelo_loopback";

    // Begins the application name of the connection by which a router shows that it lives; its address follows.
    public const string PresencePrefix = "tangelo router ";

    /// <summary>
    /// Sets addresses and secret where they differ; true when something was changed. The addresses are those of all routers that
    /// live: postgres_fdw asks one after the other for the session that its backend belongs to.
    /// </summary>
    public static async Task<bool> ConfigureAsync(NpgsqlConnection connection, InstallOptions options, CancellationToken cancellation)
    {
        var changed = await SetAddressesAsync(connection, await LivingRoutersAsync(connection, cancellation), options, cancellation);
        await using (var database = new NpgsqlCommand("SELECT current_database()::text", connection))
        {
            var name = (string)(await database.ExecuteScalarAsync(cancellation))!;
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

    /// <summary>Gives every role a user mapping of its own; true when one was missing.</summary>
    public static async Task<bool> MapRolesAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM pg_catalog.tangelo_map_roles()", connection);
        return (long)(await command.ExecuteScalarAsync(cancellation))! > 0;
    }

    /// <summary>Adds the router's address to those that are there; true when it was not.</summary>
    public static async Task<bool> AddRouterAsync(NpgsqlConnection connection, InstallOptions options, CancellationToken cancellation)
    {
        var hosts = (await ReadServerOptionAsync(connection, "host", cancellation) ?? "").Split(',');
        var ports = (await ReadServerOptionAsync(connection, "port", cancellation) ?? "").Split(',');
        return await SetAddressesAsync(connection, hosts.Zip(ports, (h, p) => $"{h}:{p}").Where(a => a != ":"), options, cancellation);
    }

    private static async Task<bool> SetAddressesAsync(
        NpgsqlConnection connection, IEnumerable<string> others, InstallOptions options, CancellationToken cancellation)
    {
        var all = others.Append($"{options.LoopbackHost}:{options.LoopbackPort}").Distinct().Order(StringComparer.Ordinal).ToList();

        // Within one machine nobody listens.
        var changed = await SetServerOptionAsync(
            connection, "sslmode", all.All(a => IPAddress.TryParse(a[..a.LastIndexOf(':')], out var address) && IPAddress.IsLoopback(address)) ? "disable" : "prefer", cancellation);
        changed |= await SetServerOptionAsync(connection, "host", string.Join(',', all.Select(a => a[..a.LastIndexOf(':')])), cancellation);
        return changed | await SetServerOptionAsync(connection, "port", string.Join(',', all.Select(a => a[(a.LastIndexOf(':') + 1)..])), cancellation);
    }

    private static async Task<List<string>> LivingRoutersAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            $"""
            SELECT substr(application_name, {PresencePrefix.Length + 1}) FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid
            WHERE application_name LIKE '{PresencePrefix}%:%' AND rolsuper
            """,
            connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var found = new List<string>();
        while (await reader.ReadAsync(cancellation))
            found.Add(reader.GetString(0));
        return found;
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
        var present = await ReadServerOptionAsync(connection, option, cancellation);
        if (present == value)
            return false;

        var verb = present is null ? "ADD" : "SET";
        await RunAsync(connection, $"ALTER SERVER tangelo_loopback OPTIONS ({verb} {option} {ShardNames.Literal(value)})", cancellation);
        return true;
    }

    private static Task<string?> ReadServerOptionAsync(NpgsqlConnection connection, string option, CancellationToken cancellation) =>
        ReadAsync(
            connection,
            """
            SELECT o.option_value FROM pg_catalog.pg_foreign_server s, pg_catalog.pg_options_to_table(s.srvoptions) o
            WHERE s.srvname = 'tangelo_loopback' AND o.option_name = $1
            """,
            option,
            cancellation);

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
