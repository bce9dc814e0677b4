using Tangelo.Core;
using Tangelo.Protocol.Messages;

namespace Tangelo.Workers.Connections;

/// <summary>Sends a CancelRequest for a backend, over a connection of its own as the protocol wants it.</summary>
public static class CancelSender
{
    /// <summary>Returns when the server has taken the request (it closes the connection), or could not be reached: a cancel is only a wish.</summary>
    public static async Task SendAsync(BackendConnection target)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            using var transport = await target.OpenAnotherAsync(TimeSpan.FromSeconds(5), limit.Token).ConfigureAwait(false);
            FrontendMessages.CancelRequest(transport.Out, target.ProcessId, target.SecretKey);
            await transport.FlushAsync(limit.Token).ConfigureAwait(false);
            while (await transport.FillAsync(1, limit.Token).ConfigureAwait(false))
                transport.In.Consume(transport.In.Length);
        }
        catch (Exception e) when (e is PgException or System.Net.Sockets.SocketException or OperationCanceledException)
        {
            // The statement ends by itself or by its own connection's failure.
        }
    }
}
