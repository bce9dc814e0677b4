using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Tangelo.Harness.Wire;

namespace Tangelo.Fuzz.Tests.Protocol;

/// <summary>A client that says what no client says, and sees to it that the router answers or closes the connection.</summary>
internal sealed class FuzzedSession(int port) : IDisposable
{
    public const string Application = "fuzzed";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;
    private int _probe;

    /// <summary>How often a session was begun.</summary>
    public int Sessions { get; private set; }

    public void Dispose() => _socket?.Dispose();

    /// <summary>Sends bytes on a connection of their own, and nothing more.</summary>
    /// <returns>What is wrong; null when the router has closed the connection.</returns>
    public async Task<string?> SayAsync(byte[] bytes)
    {
        using var socket = await ConnectAsync();
        using var late = new CancellationTokenSource(Limit);
        try
        {
            await socket.SendAsync(bytes, late.Token);
            socket.Shutdown(SocketShutdown.Send);
            byte[] tail = [];
            while (await socket.ReceiveAsync(_buffer, late.Token) is > 0 and var read)
                tail = _buffer[..read];
            return Complaint(tail);
        }
        catch (SocketException)
        {
            return null;
        }
        catch (OperationCanceledException)
        {
            return "the connection was not closed";
        }
    }

    /// <summary>Sends messages in a session, and then what any session answers.</summary>
    /// <returns>What is wrong; null when the router has answered or ended the session.</returns>
    public async Task<string?> SayInSessionAsync(byte[] messages)
    {
        using var late = new CancellationTokenSource(Limit);
        try
        {
            var socket = _socket ??= await BeginAsync(late.Token);
            var sign = $"alive {++_probe}";

            // Out of COPY, out of a batch and out of a transaction, wherever the messages have led.
            var probe = new FrontendBuffer().CopyFail("enough").Sync().Query("ROLLBACK").Query($"SELECT '{sign}'");
            await socket.SendAsync((byte[])[.. messages, .. probe.Written.Span], late.Token);
            return await ReadToAsync(socket, Encoding.ASCII.GetBytes(sign), late.Token);
        }
        catch (SocketException)
        {
            End();
            return null;
        }
        catch (OperationCanceledException)
        {
            End();
            return "there was no answer";
        }
    }

    /// <summary>Ends the session if there is one.</summary>
    public void End()
    {
        _socket?.Dispose();
        _socket = null;
    }

    private static string? Complaint(ReadOnlySpan<byte> received) => received.IndexOf("internal error"u8) < 0 ? null : "there was an internal error";

    private async Task<string?> ReadToAsync(Socket socket, byte[] sign, CancellationToken cancellation)
    {
        var kept = 0;
        string? complaint = null;
        while (await socket.ReceiveAsync(_buffer.AsMemory(kept), cancellation) is > 0 and var read)
        {
            var all = _buffer.AsMemory(0, kept + read);
            complaint ??= Complaint(all.Span);

            // CommandComplete and ReadyForQuery follow the row.
            if (all.Span.IndexOf(sign) is >= 0 and var at && all.Span[(at + sign.Length)..].IndexOf((byte)'Z') is >= 0 and var ready && all.Length >= at + sign.Length + ready + 6)
                return complaint;
            kept = Math.Min(all.Length, 200);
            all[^kept..].CopyTo(_buffer);
        }

        End();
        return complaint;
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private async Task<Socket> BeginAsync(CancellationToken cancellation)
    {
        Sessions++;
        var socket = await ConnectAsync();
        await socket.SendAsync(
            new FrontendBuffer().Startup(196608, ("user", "postgres"), ("database", "postgres"), ("application_name", Application)).Query("SET statement_timeout = '5s'").Written, cancellation);

        // ReadyForQuery after the start and after the statement.
        var seen = 0;
        for (var filled = 0; seen < 2;)
        {
            var read = await socket.ReceiveAsync(_buffer.AsMemory(filled), cancellation);
            if (read == 0)
                throw new InvalidOperationException("A session could not be begun: " + Encoding.ASCII.GetString(_buffer, 0, filled));
            filled += read;
            seen = Ready(_buffer.AsSpan(0, filled));
        }

        return socket;
    }

    private static int Ready(ReadOnlySpan<byte> messages)
    {
        var count = 0;
        while (messages.Length >= 5 && BinaryPrimitives.ReadInt32BigEndian(messages[1..]) is var length && messages.Length > length)
        {
            count += messages[0] == (byte)'Z' ? 1 : 0;
            messages = messages[(length + 1)..];
        }

        return count;
    }
}
