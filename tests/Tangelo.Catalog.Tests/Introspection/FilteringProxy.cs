using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Tangelo.Catalog.Tests.Introspection;

/// <summary>
/// A way to a server whose simple queries see the filtered catalogs: what psql and pg_dump say through it is what they say of a
/// cluster. Clients must not ask for encryption.
/// </summary>
internal sealed class FilteringProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _serverPort;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public FilteringProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var sessions = new List<Task>();
        try
        {
            while (true)
                sessions.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(sessions);
        }
    }

    private async Task ServeAsync(TcpClient accepted)
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, _serverPort);
        using var closing = accepted;
        var client = accepted.GetStream();
        var server = connection.GetStream();
        await Task.WhenAny(ForwardRequestsAsync(client, server), server.CopyToAsync(client, _stop.Token));
    }

    private async Task ForwardRequestsAsync(NetworkStream client, NetworkStream server)
    {
        await server.WriteAsync(await ReadAsync(client, hasType: false), _stop.Token);
        while (true)
        {
            var message = await ReadAsync(client, hasType: true);
            if (message.Length == 0)
                return;
            await server.WriteAsync(message[0] == 'Q' ? Rewrite(message) : message, _stop.Token);
        }
    }

    private static byte[] Rewrite(byte[] query)
    {
        byte[] script = [.. CatalogSplicer.Splice(query[5..^1]), 0];
        var message = new byte[5 + script.Length];
        message[0] = (byte)'Q';
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + script.Length);
        script.CopyTo(message, 5);
        return message;
    }

    private async Task<byte[]> ReadAsync(NetworkStream stream, bool hasType)
    {
        var header = new byte[hasType ? 5 : 4];
        if (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, _stop.Token) < header.Length)
            return [];
        var length = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(header.Length - 4)) - 4;
        var message = new byte[header.Length + length];
        header.CopyTo(message, 0);
        await stream.ReadExactlyAsync(message.AsMemory(header.Length), _stop.Token);
        return message;
    }
}
