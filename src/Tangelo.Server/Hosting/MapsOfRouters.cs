using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Tangelo.Cluster.Metadata;

namespace Tangelo.Server.Hosting;

/// <summary>
/// Which state of a database's metadata each router knows that uses it. A connection says it by its application_name, and ends with its router. Who has changed
/// the metadata waits for the others before the client is told, so that none writes past a new trigger.
/// </summary>
internal sealed class MapsOfRouters(RouterState router)
{
    /// <summary>What the names of such connections begin with.</summary>
    public const string Prefix = "tangelo map ";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Tells the others that this router is about to read the map of a database, and knows nothing yet.</summary>
    public Task AnnounceAsync(NpgsqlConnection connection, CancellationToken cancellation) => TellAsync(connection, 0, cancellation);

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
        await TellAsync(connection, version, cancellation).ConfigureAwait(false);
    }

    /// <summary>Waits until all other routers know what is committed.</summary>
    /// <returns>False when one still does not after a while.</returns>
    public async Task<bool> WaitForOthersAsync(DatabaseState database, CancellationToken cancellation)
    {
        await using var command = database.Coordinator.CreateCommand("SELECT pg_catalog.tangelo_routers_know($1, $2)");
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

    private async Task TellAsync(NpgsqlConnection connection, long version, CancellationToken cancellation)
    {
        await using var tell = new NpgsqlCommand("SELECT pg_catalog.set_config('application_name', $1, false)", connection);
        tell.Parameters.Add(new() { Value = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{router.RouterId} {version}") });
        await tell.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
