using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tangelo.Protocol.Transport;

/// <summary>TLS over a socket. It fails as the socket does, with <see cref="SocketException"/>.</summary>
public sealed class TlsChannel : IDisposable
{
    private const int LookAhead = 8192;

    private readonly SslStream _stream;
    private byte[]? _ahead;
    private Task<int>? _looking;
    private int _taken;

    private TlsChannel(SslStream stream) => _stream = stream;

    /// <summary>The hash that channel binding of the type tls-server-end-point compares (RFC 5929, section 4), of the server's certificate.</summary>
    public byte[]? EndpointBinding { get; private init; }

    /// <summary>The certificate that the other side has shown and that was accepted; null when it has shown none.</summary>
    public X509Certificate2? PeerCertificate => _stream.RemoteCertificate is { } certificate ? new X509Certificate2(certificate) : null;

    /// <summary>The version of the protocol, as PostgreSQL writes it: TLSv1.3.</summary>
    public string Version => _stream.SslProtocol switch
    {
        SslProtocols.Tls12 => "TLSv1.2",
        SslProtocols.Tls13 => "TLSv1.3",
        var other => other.ToString(),
    };

    /// <summary>
    /// True when a receive would give something at once. What the other side sends for the encryption alone, such as tickets for later sessions, does not
    /// count: so the decrypted stream has to be read to know.
    /// </summary>
    public bool HasWaiting
    {
        get
        {
            if (_looking is null)
            {
                _taken = 0;
                _looking = _stream.ReadAsync(_ahead ??= new byte[LookAhead]).AsTask();
            }

            return _looking.IsCompleted;
        }
    }

    /// <exception cref="IOException">No agreement.</exception>
    internal static Task<TlsChannel> AcceptAsync(Socket socket, SslServerAuthenticationOptions options, CancellationToken cancellation) =>
        AgreeAsync(socket, stream => stream.AuthenticateAsServerAsync(options, cancellation), stream => stream.LocalCertificate);

    /// <exception cref="IOException">No agreement.</exception>
    internal static Task<TlsChannel> ConnectAsync(Socket socket, SslClientAuthenticationOptions options, CancellationToken cancellation) =>
        AgreeAsync(socket, stream => stream.AuthenticateAsClientAsync(options, cancellation), stream => stream.RemoteCertificate);

    private static async Task<TlsChannel> AgreeAsync(Socket socket, Func<SslStream, Task> agree, Func<SslStream, X509Certificate?> serverCertificate)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false));
        try
        {
            await agree(stream).ConfigureAwait(false);
            return new TlsChannel(stream) { EndpointBinding = Hash(serverCertificate(stream)) };
        }
        catch (Exception e)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (e is AuthenticationException)
                throw new IOException(e.InnerException?.Message ?? e.Message, e);
            throw;
        }
    }

    internal async ValueTask<int> ReceiveAsync(Memory<byte> room, CancellationToken cancellation)
    {
        try
        {
            if (_looking is not { } looking)
                return await _stream.ReadAsync(room, cancellation).ConfigureAwait(false);
            var count = await looking.WaitAsync(cancellation).ConfigureAwait(false);
            var given = Math.Min(count - _taken, room.Length);
            _ahead.AsMemory(_taken, given).CopyTo(room);
            _taken += given;
            if (_taken == count)
                _looking = null;
            return given;
        }
        catch (IOException e)
        {
            throw AsSocketException(e);
        }
    }

    internal async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            await _stream.WriteAsync(bytes, cancellation).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw AsSocketException(e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static SocketException AsSocketException(IOException e) =>
        e.InnerException as SocketException ?? new SocketException((int)SocketError.ConnectionReset);

    // MD5 and SHA-1 are too weak for this: SHA-256 stands in for them.
    private static byte[]? Hash(X509Certificate? certificate)
    {
        if (certificate is null)
            return null;
        var bytes = certificate.GetRawCertData();
        using var known = X509CertificateLoader.LoadCertificate(bytes);
        return known.SignatureAlgorithm.Value switch
        {
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(bytes),
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(bytes),
            _ => SHA256.HashData(bytes),
        };
    }
}
