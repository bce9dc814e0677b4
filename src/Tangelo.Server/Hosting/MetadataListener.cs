using System.Threading.Channels;
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
        // However many changes are told while the map is being read, it is read once more for them.
        var changes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        connection.Notification += (_, e) =>
        {
            if (e.Channel == MetadataChannel)
                changes.Writer.TryWrite(true);
            else if (e.Channel == SchemaChannel)
                database.SchemaChanged();
        };
        await using (var listen = new NpgsqlCommand($"LISTEN {MetadataChannel}; LISTEN {SchemaChannel}", connection))
            await listen.ExecuteNonQueryAsync(stopping).ConfigureAwait(false);

        // What happened while nobody listened is read now.
        changes.Writer.TryWrite(true);
        database.SchemaChanged();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await using var telling = await database.Coordinator.OpenConnectionAsync(stopping).ConfigureAwait(false);
        var refreshing = RefreshAsync(database, telling, changes.Reader, ended.Token);
        var reading = ReadAsync(connection, ended.Token);
        try
        {
            // Neither ends but by an error or the end of the router.
            await (await Task.WhenAny(refreshing, reading).ConfigureAwait(false)).ConfigureAwait(false);
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(refreshing, reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task ReadAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        while (true)
            await connection.WaitAsync(cancellation).ConfigureAwait(false);
    }

    private async Task RefreshAsync(DatabaseState database, NpgsqlConnection telling, ChannelReader<bool> changes, CancellationToken cancellation)
    {
        while (await changes.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            changes.TryRead(out _);
            await router.Maps.RefreshAsync(database, telling, cancellation).ConfigureAwait(false);
        }
    }
}
