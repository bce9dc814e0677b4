using Tangelo.Core;
using Tangelo.Protocol.Messages;

namespace Tangelo.Workers.Connections;

/// <summary>Sends a CancelRequest for a backend, over a connection of its own as the protocol wants it.</summary>
public static class CancelSender
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Returns when the server has taken the request (it closes the connection), or could not be reached: a cancel is only a wish. A server that does not answer in time is silent, and
    /// nobody wants to wait for it any more: the connection is given up.
    /// </summary>
    public static async Task SendAsync(BackendConnection target)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            using var transport = await target.OpenAnotherAsync(Timeout.InfiniteTimeSpan, limit.Token).ConfigureAwait(false);
            FrontendMessages.CancelRequest(transport.Out, target.ProcessId, target.SecretKey);
            await transport.FlushAsync(limit.Token).ConfigureAwait(false);
            while (await transport.FillAsync(1, limit.Token).ConfigureAwait(false))
                transport.In.Consume(transport.In.Length);
        }
        catch (OperationCanceledException)
        {
            target.GiveUp();
        }
        catch (Exception e) when (e is PgException or System.Net.Sockets.SocketException)
        {
            // The statement ends by itself or by its own connection's failure.
        }
    }
}
