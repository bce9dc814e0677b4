using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Tangelo.Cluster.Metadata;

namespace Tangelo.Server.Hosting;

/// <summary>
/// Which state of the metadata each router knows. A connection says it by its application_name, and ends with its router. Who has changed the metadata
/// waits for the others before the client is told, so that none writes past a new trigger.
/// </summary>
internal sealed class MapsOfRouters(RouterState router)
{
    private const string Prefix = "tangelo map ";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Reads the map again and tells the others.</summary>
    /// <param name="database">The database.</param>
    /// <param name="connection">A connection to it that nobody else uses.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task RefreshAsync(DatabaseState database, NpgsqlConnection connection, CancellationToken cancellation)
    {
        // The map is as new as this, or newer.
        await using var read = new NpgsqlCommand("SELECT version FROM pg_catalog.tangelo_metadata_version", connection);
        var version = (long)(await read.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
        await database.RefreshAsync(cancellation).ConfigureAwait(false);
        await using var tell = new NpgsqlCommand("SELECT pg_catalog.set_config('application_name', $1, false)", connection);
        tell.Parameters.Add(new() { Value = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{router.RouterId} {version}") });
        await tell.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits until all other routers know what is committed.</summary>
    /// <returns>False when one still does not after a while.</returns>
    public async Task<bool> WaitForOthersAsync(DatabaseState database, CancellationToken cancellation)
    {
        // Routers listen in one database.
        if (database.Name != router.Coordinator.Database)
            return true;
        await using var command = database.Coordinator.CreateCommand(
            $"""
            SELECT count(*) FILTER (WHERE starts_with(application_name, '{MetadataInstaller.PresencePrefix}') AND application_name <> $1)
                <= count(DISTINCT split_part(application_name, ' ', 3)) FILTER (WHERE CASE WHEN application_name ~ '^{Prefix}[0-9a-f]+ [0-9]+$' AND split_part(application_name, ' ', 3) <> $2
                    THEN split_part(application_name, ' ', 4)::bigint >= (SELECT version FROM pg_catalog.tangelo_metadata_version) END)
            FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid WHERE rolsuper
            """);
        command.Parameters.Add(new() { Value = MetadataInstaller.PresenceName(router.Loopback) });
        command.Parameters.Add(new() { Value = router.RouterId });
        var started = Stopwatch.GetTimestamp();
        while (!(bool)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!)
        {
            if (Stopwatch.GetElapsedTime(started) > LongestWait)
                return false;
            await Task.Delay(5, cancellation).ConfigureAwait(false);
        }

        return true;
    }
}
