using System.Net;
using System.Net.Sockets;

namespace Tangelo.Harness;

/// <summary>Stands between a router and a server, passes everything on, and shows what the router is about to send.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _server;
    private readonly Func<ReadOnlyMemory<byte>, Func<ValueTask>, ValueTask> _forward;
    private readonly Task _accepting;

    /// <param name="server">The server's port on this machine.</param>
    /// <param name="forward">Gets each piece that comes from the router, and what passes it on: it may leave that out.</param>
    public FaultProxy(int server, Func<ReadOnlyMemory<byte>, Func<ValueTask>, ValueTask> forward)
        : this(Listen(), server, forward)
    {
    }

    /// <param name="listener">Where the router connects to.</param>
    /// <param name="server">The server's port on this machine.</param>
    /// <param name="forward">See above.</param>
    public FaultProxy(Socket listener, int server, Func<ReadOnlyMemory<byte>, Func<ValueTask>, ValueTask> forward)
    {
        _listener = listener;
        _server = server;
        _forward = forward;
        _accepting = AcceptAsync();
    }

    /// <summary>Where the router is to connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        _stopping.Dispose();
    }

    private static Socket Listen()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(100);
        return socket;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptAsync(_stopping.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket router)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (router)
        {
            router.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _server, _stopping.Token);
                var answers = PumpAsync(server, piece => SendAsync(router, piece));
                var questions = PumpAsync(router, piece => _forward(piece, () => SendAsync(server, piece)));
                await Task.WhenAny(answers, questions);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // One of the two has gone: so does the other.
            }
        }
    }

    private static async ValueTask SendAsync(Socket to, ReadOnlyMemory<byte> piece)
    {
        while (!piece.IsEmpty)
            piece = piece[await to.SendAsync(piece)..];
    }

    private async Task PumpAsync(Socket from, Func<ReadOnlyMemory<byte>, ValueTask> pass)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stopping.Token) is > 0 and var read)
                await pass(buffer.AsMemory(0, read));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The connection has ended.
        }
    }
}
