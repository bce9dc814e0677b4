using System.Buffers.Binary;
using System.Net.Sockets;
using Tangelo.Harness.Wire;

namespace Tangelo.Server.Tests.Conversations;

/// <summary>A socket that sends bytes and gives back whole messages, with no idea of what is right.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private readonly TcpClient _socket;
    private readonly BufferedStream _input;

    private RawClient(TcpClient socket)
    {
        _socket = socket;
        _input = new BufferedStream(socket.GetStream(), 32768);
    }

    public static async Task<RawClient> ConnectAsync(ServerAddress server)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(server.Host, server.Port);
        return new RawClient(socket);
    }

    /// <summary>Connects and starts a session with these parameters besides user and database; returns at the first ReadyForQuery.</summary>
    public static async Task<(RawClient Client, List<RawMessage> Answer)> StartAsync(ServerAddress server, params (string Name, string Value)[] parameters)
    {
        var client = await ConnectAsync(server);
        await client.SendAsync(new FrontendBuffer().Startup(196608, [("user", server.User), ("database", server.Database), .. parameters]));
        return (client, await client.ReadUntilAsync("Z", TimeSpan.FromSeconds(20)));
    }

    public async Task SendAsync(FrontendBuffer messages)
    {
        await _socket.GetStream().WriteAsync(messages.Written);
        await _socket.GetStream().FlushAsync();
    }

    /// <summary>Closes the sending direction.</summary>
    public void EndSending() => _socket.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Drops the connection without the usual end.</summary>
    public void Reset()
    {
        _socket.Client.LingerState = new LingerOption(true, 0);
        _socket.Client.Close();
    }

    /// <summary>One byte that is no message: the answer to a request for encryption. Null at the end.</summary>
    public async Task<char?> ReadByteAsync()
    {
        var one = new byte[1];
        return await _input.ReadAsync(one) == 0 ? null : (char)one[0];
    }

    /// <summary>
    /// Messages until one of each type in <paramref name="types"/> has come, in this order. The end of the connection and the time limit
    /// are messages too, of type '.' and '?'.
    /// </summary>
    public async Task<List<RawMessage>> ReadUntilAsync(string types, TimeSpan limit)
    {
        var messages = new List<RawMessage>();
        using var late = new CancellationTokenSource(limit);
        for (var next = 0; next < types.Length;)
        {
            RawMessage message;
            try
            {
                message = await ReadAsync(late.Token);
            }
            catch (Exception e) when (e is EndOfStreamException or IOException)
            {
                messages.Add(new RawMessage('.', []));
                return messages;
            }
            catch (OperationCanceledException)
            {
                messages.Add(new RawMessage('?', []));
                return messages;
            }

            messages.Add(message);
            if (message.Type == types[next])
                next++;
        }

        return messages;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<RawMessage> ReadAsync(CancellationToken cancel)
    {
        var header = new byte[5];
        await _input.ReadExactlyAsync(header, cancel);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(1)) - 4];
        await _input.ReadExactlyAsync(body, cancel);
        return new RawMessage((char)header[0], body);
    }
}
