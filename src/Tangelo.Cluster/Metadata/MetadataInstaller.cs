using Npgsql;
using Tangelo.Catalog;
using Tangelo.Core;

namespace Tangelo.Cluster.Metadata;

/// <summary>
/// Brings the metadata schema of a coordinator up to date. Everything lives in pg_catalog: sessions find it unqualified,
/// <c>\d</c> does not show it, and pg_dump leaves it out.
/// </summary>
public static class MetadataInstaller
{
    // Any number that nobody else uses as an advisory lock; two routers may start at once.
    private const long InstallLock = 0x54616E67656C6F;

    private static string Version => typeof(MetadataInstaller).Assembly.GetName().Version!.ToString(3);

    /// <summary>
    /// Installs or upgrades, in one transaction and under a lock; does nothing when all is as it should be, but for the
    /// loopback's addresses, to which this router's is added while those of routers that are gone are taken out.
    /// </summary>
    /// <exception cref="PgException">42501 when the role is not a superuser.</exception>
    public static async Task InstallAsync(NpgsqlDataSource coordinator, InstallOptions options, CancellationToken cancellation = default)
    {
        await using var connection = await coordinator.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RequireSuperuserAsync(connection, cancellation);
        await RunAsync(
            connection,
            $"""
            SELECT pg_advisory_xact_lock({InstallLock});
            SET LOCAL allow_system_table_mods = on;
            SET LOCAL search_path = pg_catalog, pg_temp;
            SET LOCAL client_min_messages = warning;
            SET LOCAL tangelo.converting = 'on';
            SET LOCAL default_table_access_method = heap;
            SET LOCAL default_tablespace = '';
            CREATE TABLE IF NOT EXISTS pg_catalog.tangelo_migration (
                name text CONSTRAINT tangelo_migration_pkey PRIMARY KEY,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now());
            """,
            cancellation);

        var changed = await MigrateAsync(connection, cancellation);
        if (changed)
            await RunAsync(
                connection,
                $"UPDATE pg_dist_node_metadata SET metadata = metadata || jsonb_build_object('version', {ShardNames.Literal(Version)})",
                cancellation);
        changed |= await Loopback.ConfigureAsync(connection, options, cancellation);
        changed |= await Loopback.MapRolesAsync(connection, cancellation);
        if (changed)
            await RunAsync(connection, EmbeddedSql.Read("Metadata/InitialPrivileges.sql"), cancellation);

        await transaction.CommitAsync(cancellation);
    }

    /// <summary>What the application name of the connection is by which a router shows others that it lives.</summary>
    public static string PresenceName(InstallOptions options) => $"{Loopback.PresencePrefix}{options.LoopbackHost}:{options.LoopbackPort}";

    /// <summary>What that name begins with.</summary>
    public static string PresencePrefix => Loopback.PresencePrefix;

    /// <summary>Adds the router to those that the loopback leads to, where another one has taken it out meanwhile.</summary>
    public static async Task AddRouterAsync(NpgsqlDataSource coordinator, InstallOptions options, CancellationToken cancellation = default)
    {
        await using var connection = await coordinator.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({InstallLock}); SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL allow_system_table_mods = on", cancellation);
        if (await Loopback.AddRouterAsync(connection, options, cancellation))
            await transaction.CommitAsync(cancellation);
    }

    /// <summary>The loopback's password, from the user mapping; only a superuser may read it.</summary>
    /// <exception cref="PgException">55000 when the metadata is not installed.</exception>
    public static async Task<string> ReadSecretAsync(NpgsqlDataSource coordinator, CancellationToken cancellation = default)
    {
        await using var connection = await coordinator.OpenConnectionAsync(cancellation);
        return await Loopback.ReadOptionAsync(connection, "password", cancellation)
            ?? throw new PgException(SqlState.ObjectNotInPrerequisiteState, "the metadata of Tangelo is not installed in this database");
    }

    private static async Task<bool> MigrateAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var applied = await ReadAppliedAsync(connection, cancellation);
        var known = Migration.All.Select(m => m.Name).ToHashSet();

        // A newer router has been here. Its schema serves us too; ours would take it back.
        if (applied.Keys.Any(name => name.StartsWith('V') && !known.Contains(name)))
            return false;

        var changed = false;
        foreach (var migration in Migration.All)
        {
            if (applied.TryGetValue(migration.Name, out var checksum) && (!migration.IsRepeatable || checksum == migration.Checksum))
                continue;

            await RunAsync(connection, migration.Sql, cancellation);
            await RunAsync(
                connection,
                $"""
                INSERT INTO tangelo_migration (name, checksum) VALUES ({ShardNames.Literal(migration.Name)}, '{migration.Checksum}')
                ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()
                """,
                cancellation);
            changed = true;
        }

        return changed;
    }

    private static async Task<Dictionary<string, string>> ReadAppliedAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var applied = new Dictionary<string, string>();
        await using var command = new NpgsqlCommand("SELECT name, checksum FROM tangelo_migration", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            applied.Add(reader.GetString(0), reader.GetString(1));
        return applied;
    }

    private static async Task RequireSuperuserAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user", connection);
        if (await command.ExecuteScalarAsync(cancellation) is not true)
            throw new PgException(
                SqlState.InsufficientPrivilege,
                "permission denied to install the metadata of Tangelo",
                hint: "The role that the router uses on the coordinator must be a superuser.");
    }

    private static async Task RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
