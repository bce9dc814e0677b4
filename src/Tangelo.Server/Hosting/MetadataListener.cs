using Microsoft.Extensions.Logging;
using Npgsql;

namespace Tangelo.Server.Hosting;

/// <summary>Listens for changes of the metadata, by whomever, and swaps the map.</summary>
internal sealed partial class MetadataListener(RouterState router)
{
    private const string MetadataChannel = "tangelo_metadata";
    private const string SchemaChannel = "tangelo_schema";

    /// <summary>Runs until the router stops, connecting anew when the coordinator has gone away.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or IOException)
            {
                LogLost(router.Log, e);
                await Task.Delay(500, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    [LoggerMessage(3, LogLevel.Warning, "The connection that listens for metadata changes was lost")]
    private static partial void LogLost(ILogger log, Exception exception);

    private async Task ListenAsync(CancellationToken stopping)
    {
        var database = await router.DatabaseAsync(router.Coordinator.Database).ConfigureAwait(false);
        await using var connection = await database.Coordinator.OpenConnectionAsync(stopping).ConfigureAwait(false);
        var changed = false;
        connection.Notification += (_, e) =>
        {
            changed |= e.Channel == MetadataChannel;
            if (e.Channel == SchemaChannel)
                database.SchemaChanged();
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {MetadataChannel}; LISTEN {SchemaChannel}", connection))
            await listen.ExecuteNonQueryAsync(stopping).ConfigureAwait(false);

        // What happened while nobody listened is read now.
        await database.RefreshAsync(stopping).ConfigureAwait(false);
        database.SchemaChanged();
        while (true)
        {
            await connection.WaitAsync(stopping).ConfigureAwait(false);
            if (!changed)
                continue;
            changed = false;
            await database.RefreshAsync(stopping).ConfigureAwait(false);
        }
    }
}
