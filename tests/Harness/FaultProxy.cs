using System.Net;
using System.Net.Sockets;

namespace Tangelo.Harness;

/// <summary>Stands between a router and a server, or between clients and routers, passes everything on, and shows what is about to be sent.</summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<int> _server;
    private readonly Func<ReadOnlyMemory<byte>, Func<ValueTask>, ValueTask> _forward;
    private readonly Task _accepting;

    /// <param name="server">The server's port on this machine.</param>
    /// <param name="forward">Gets each piece that comes from the router, and what passes it on: it may leave that out.</param>
    public FaultProxy(int server, Func<ReadOnlyMemory<byte>, Func<ValueTask>, ValueTask> forward)
        : this(Listen(), () => server, forward)
    {
    }

    /// <param name="listener">Where the router connects to.</param>
    /// <param name="server">The server's port on this machine.</param>
    /// <param name="forward">See above.</param>
    public FaultProxy(Socket listener, int server, Func<ReadOnlyMemory<byte>, Func<ValueTask>, ValueTask> forward)
        : this(listener, () => server, forward)
    {
    }

    private FaultProxy(Socket listener, Func<int> server, Func<ReadOnlyMemory<byte>, Func<ValueTask>, ValueTask> forward)
    {
        _listener = listener;
        _server = server;
        _forward = forward;
        _accepting = AcceptAsync();
    }

    /// <summary>One that passes everything on to one of several servers.</summary>
    /// <param name="server">Gives the port of the server that the next connection is for.</param>
    public static FaultProxy Balance(Func<int> server) => new(Listen(), server, (_, pass) => pass());

    /// <summary>Where to connect.</summary>
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
                await server.ConnectAsync(IPAddress.Loopback, _server(), _stopping.Token);
                var answers = PumpAsync(server, router, piece => SendAsync(router, piece));
                var questions = PumpAsync(router, server, piece => _forward(piece, () => SendAsync(server, piece)));
                await Task.WhenAll(answers, questions);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // One of the two cannot be reached: so cannot the other.
            }
        }
    }

    private static async ValueTask SendAsync(Socket to, ReadOnlyMemory<byte> piece)
    {
        while (!piece.IsEmpty)
            piece = piece[await to.SendAsync(piece)..];
    }

    // The end of one direction is passed on as such: to close the socket while somebody reads from it would be a reset.
    private async Task PumpAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, ValueTask> pass)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stopping.Token) is > 0 and var read)
                await pass(buffer.AsMemory(0, read));
            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The connection has ended, and the other one with it.
            from.Dispose();
            to.Dispose();
        }
    }
}
