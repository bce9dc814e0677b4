using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Tangelo.Core;
using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;

namespace Tangelo.Protocol.Transport;

/// <summary>
/// A socket with its two buffers: the only place where protocol bytes meet I/O. One reader and one writer at a time.
/// It may be encrypted once, before anything but the request for that was sent.
/// </summary>
public sealed class PgTransport(Socket socket) : IDisposable
{
    // Linux: getsockopt(IPPROTO_TCP, TCP_INFO) begins with the connection's state.
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const byte TcpEstablished = 1;

    // Of the same structure: unanswered questions of a peer without room, bytes that are not confirmed, milliseconds since the last confirmation.
    private const int TcpInfoLength = 60;
    private const int TcpProbes = 3;
    private const int TcpUnconfirmed = 24;
    private const int TcpSinceConfirmed = 56;

    private int _disposed;
    private volatile bool _isGivenUp;
    private TlsChannel? _tls;

    /// <summary>What has been received.</summary>
    public InputBuffer In { get; } = new();

    /// <summary>What is to be sent with the next <see cref="FlushAsync"/>.</summary>
    public OutputBuffer Out { get; } = new();

    /// <summary>The peer.</summary>
    public EndPoint? RemoteEndPoint => socket.RemoteEndPoint;

    /// <summary>False once the socket was shut.</summary>
    public bool IsOpen => _disposed == 0;

    /// <summary>True when a receive would give something at once: bytes, or the end of the connection.</summary>
    public bool HasWaiting => _disposed != 0 || (_tls is { } tls ? tls.HasWaiting : socket.Poll(0, SelectMode.SelectRead));

    /// <summary>The encryption of the connection, null when there is none.</summary>
    public TlsChannel? Tls => _tls;

    /// <summary>Encrypts the connection, as the server that the client has asked to.</summary>
    /// <exception cref="IOException">The client cannot be understood, or gives up.</exception>
    public async Task EncryptAsServerAsync(SslServerAuthenticationOptions options, CancellationToken cancellation) =>
        _tls = await TlsChannel.AcceptAsync(socket, options, cancellation).ConfigureAwait(false);

    /// <summary>Asks the server to encrypt the connection, on which nothing has been sent yet.</summary>
    /// <returns>Whether it is ready to.</returns>
    /// <exception cref="PgException">08P01: no answer that PostgreSQL gives; 08006: none at all.</exception>
    public async Task<bool> AskForEncryptionAsync(CancellationToken cancellation)
    {
        FrontendMessages.SslRequest(Out);
        await FlushAsync(cancellation).ConfigureAwait(false);
        if (!await FillAsync(1, cancellation).ConfigureAwait(false))
            throw new PgException(SqlState.ConnectionFailure, "server closed the connection unexpectedly");
        var answer = In.Unread[0];

        // Whatever else came in the clear could have been put there by somebody in between.
        if (answer is not ((byte)'S' or (byte)'N') || In.Length != 1)
            throw new PgException(SqlState.ProtocolViolation, answer == 'S' ? "received unencrypted data after SSL response" : $"received invalid response to SSL negotiation: {(char)answer}");
        In.Consume(1);
        return answer == 'S';
    }

    /// <summary>Encrypts the connection, as the client of a server that has agreed to.</summary>
    /// <exception cref="IOException">The server's certificate is not accepted, or it gives up.</exception>
    public async Task EncryptAsClientAsync(SslClientAuthenticationOptions options, CancellationToken cancellation) =>
        _tls = await TlsChannel.ConnectAsync(socket, options, cancellation).ConfigureAwait(false);

    /// <summary>
    /// True once the peer has closed its direction of a TCP connection, even while bytes that it sent before have not been received.
    /// May be asked from any thread.
    /// </summary>
    public bool PeerHasClosed
    {
        get
        {
            try
            {
                Span<byte> state = stackalloc byte[1];
                return _disposed != 0 || (socket.GetRawSocketOption(TcpLevel, TcpInfo, state) == 1 && state[0] != TcpEstablished);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Not TCP, or closed on this side meanwhile.
                return _disposed != 0;
            }
        }
    }

    /// <summary>
    /// True when exactly these bytes have come and nothing has received them. May be asked from any thread. Never true of an encrypted connection.
    /// </summary>
    public async ValueTask<bool> WaitsExactlyAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            if (_tls is not null || socket.Available != bytes.Length)
                return false;

            // Somebody may take them before the peek, which then must not wait for others.
            using var atOnce = new CancellationTokenSource();
            var peeked = new byte[bytes.Length];
            var pending = socket.ReceiveAsync(peeked, SocketFlags.Peek, atOnce.Token);
            if (!pending.IsCompleted)
                await atOnce.CancelAsync().ConfigureAwait(false);
            return await pending.ConfigureAwait(false) == bytes.Length && bytes.Span.SequenceEqual(peeked);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>How long the peer may be silent.</summary>
    /// <remarks>May be called from any thread.</remarks>
    public void Limit(TcpLimits limits)
    {
        try
        {
            limits.ApplyTo(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed meanwhile.
        }
    }

    /// <summary>
    /// Whether something that was sent waits to be confirmed. A peer that confirms but does not take more is not waited for: it is there. May be asked from any thread. Where
    /// nothing waits, keepalives (<see cref="Limit"/>) find out about the peer.
    /// </summary>
    /// <param name="sinceLast">How long ago the last confirmation of anything came.</param>
    public bool IsUnconfirmed(out TimeSpan sinceLast)
    {
        sinceLast = TimeSpan.Zero;
        try
        {
            Span<byte> info = stackalloc byte[TcpInfoLength];
            if (_disposed != 0 || !OperatingSystem.IsLinux() || socket.ProtocolType != ProtocolType.Tcp || socket.GetRawSocketOption(TcpLevel, TcpInfo, info) < TcpInfoLength)
                return false;
            sinceLast = TimeSpan.FromMilliseconds(BitConverter.ToUInt32(info[TcpSinceConfirmed..]));
            return BitConverter.ToUInt32(info[TcpUnconfirmed..]) > 0 || info[TcpProbes] > 1;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>The peer is silent: like <see cref="Abort"/>, and <see cref="IsGivenUp"/> tells why.</summary>
    public void GiveUp()
    {
        _isGivenUp = true;
        Abort();
    }

    /// <summary>True after <see cref="GiveUp"/>.</summary>
    public bool IsGivenUp => _isGivenUp;

    /// <summary>Connects to <paramref name="host"/>, trying every address it has.</summary>
    /// <exception cref="PgException">08006: nobody answers there.</exception>
    public static async Task<PgTransport> ConnectAsync(string host, int port, TimeSpan timeout, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        Socket? socket = null;
        try
        {
            if (host.StartsWith('/'))
            {
                socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint($"{host}/.s.PGSQL.{port}"), limit.Token).ConfigureAwait(false);
            }
            else
            {
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                if (IPAddress.TryParse(host, out var address))
                    await socket.ConnectAsync(address, port, limit.Token).ConfigureAwait(false);
                else
                    await socket.ConnectAsync(host, port, limit.Token).ConfigureAwait(false);
            }

            return new PgTransport(socket);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            socket?.Dispose();
            var reason = e is SocketException s ? s.Message : "timeout expired";
            throw new PgException(SqlState.ConnectionFailure, $"connection to the remote node {host}:{port} failed with the following error: {reason}", inner: e);
        }
    }

    /// <summary>Receives more bytes; false when the peer has closed.</summary>
    /// <param name="atLeast">How much room to offer, in bytes: the rest of a message that is known to be long.</param>
    public async ValueTask<bool> FillAsync(int atLeast, CancellationToken cancellation)
    {
        var room = In.GetFree(Math.Clamp(atLeast, 1024, 1 << 20));
        var count = _tls is { } tls
            ? await tls.ReceiveAsync(room, cancellation).ConfigureAwait(false)
            : await socket.ReceiveAsync(room, SocketFlags.None, cancellation).ConfigureAwait(false);
        In.Received(count);
        return count > 0;
    }

    /// <summary>Sends all that is waiting.</summary>
    public ValueTask FlushAsync(CancellationToken cancellation)
    {
        if (Out.Length == 0)
            return ValueTask.CompletedTask;

        if (_tls is { } tls)
            return FlushEncryptedAsync(tls, cancellation);

        // Most sends complete at once: only the others cost an async state machine.
        var pending = socket.SendAsync(Out.Written, SocketFlags.None, cancellation);
        if (!pending.IsCompletedSuccessfully)
            return FlushRestAsync(pending, cancellation);
        var sent = pending.GetAwaiter().GetResult();
        if (sent < Out.Length)
            return FlushRestAsync(ValueTask.FromResult(sent), cancellation);
        Out.Clear();
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes pending operations fail and closes the socket.</summary>
    public void Abort()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            socket.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Abort();
        _tls?.Dispose();
        In.Dispose();
        Out.Dispose();
    }

    private async ValueTask FlushEncryptedAsync(TlsChannel tls, CancellationToken cancellation)
    {
        await tls.SendAsync(Out.Written, cancellation).ConfigureAwait(false);
        Out.Clear();
    }

    private async ValueTask FlushRestAsync(ValueTask<int> pending, CancellationToken cancellation)
    {
        var sent = await pending.ConfigureAwait(false);
        while (sent < Out.Length)
            sent += await socket.SendAsync(Out.Written[sent..], SocketFlags.None, cancellation).ConfigureAwait(false);
        Out.Clear();
    }
}
