using Microsoft.Extensions.Logging;
using Npgsql;
using Tangelo.Server.Sessions;

namespace Tangelo.Server.Hosting;

/// <summary>Listens for changes of a database's metadata, by whomever, and swaps the map; and for what other routers ask for.</summary>
internal sealed partial class MetadataListener(RouterState router, DatabaseState database)
{
    private const string MetadataChannel = "tangelo_metadata";
    private const string SchemaChannel = "tangelo_schema";

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStale;

    /// <summary>Ends when the map has been read under the listener's eyes; fails where that could not be done at once.</summary>
    public Task Begun => _begun.Task;

    /// <summary>Runs until it is stopped, connecting anew when the coordinator has gone away.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException e)
            {
                _begun.TrySetException(e);
                return;
            }
            catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or IOException)
            {
                LogLost(router.Log, e);
                _begun.TrySetException(e);
                await Task.Delay(500, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "The connection that listens for metadata changes was lost")]
    private static partial void LogLost(ILogger log, Exception exception);

    private async Task ListenAsync(CancellationToken stopping)
    {
        await using var connection = await database.Coordinator.OpenConnectionAsync(stopping).ConfigureAwait(false);
        connection.Notification += (_, e) =>
        {
            if (e.Channel == MetadataChannel)
                _isStale = true;
            else if (e.Channel == SchemaChannel)
                database.SchemaChanged();
            else if (e.Channel == CancelRequests.Channel)
                _ = router.Cancels.LookAsync(stopping);
        };

        // Whoever changes the metadata waits for this router from now on.
        await router.Maps.AnnounceAsync(connection, stopping).ConfigureAwait(false);
        await using (var listen = new NpgsqlCommand($"LISTEN {MetadataChannel}; LISTEN {SchemaChannel}; LISTEN {CancelRequests.Channel}", connection))
            await listen.ExecuteNonQueryAsync(stopping).ConfigureAwait(false);

        // What happened while nobody listened is read now.
        _isStale = true;
        database.SchemaChanged();
        while (true)
        {
            // However many changes are told while the map is being read, it is read once more for them.
            while (_isStale)
            {
                _isStale = false;
                await router.Maps.RefreshAsync(database, connection, stopping).ConfigureAwait(false);
            }

            _begun.TrySetResult();
            await connection.WaitAsync(stopping).ConfigureAwait(false);
        }
    }
}
