using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tangelo.Core;
using Tangelo.Protocol.Transport;

namespace Tangelo.Workers.Connections;

/// <summary>
/// How connections to a server are encrypted, in libpq's words. The files are read for each connection, so new ones are in force with the next.
/// </summary>
/// <param name="Mode">Whether, and whom to believe.</param>
/// <param name="RootCertificate">The authorities (PEM); the word system stands for those of the machine. Null: none.</param>
/// <param name="Certificate">What the router shows (PEM); null: nothing.</param>
/// <param name="Key">Its private key (PEM); null: it stands in the same file.</param>
public sealed record ServerEncryption(EncryptionMode Mode, string? RootCertificate = null, string? Certificate = null, string? Key = null)
{
    private const string OfTheMachine = "system";

    private static readonly Dictionary<string, EncryptionMode> Modes = new(StringComparer.Ordinal)
    {
        ["disable"] = EncryptionMode.Disable,
        ["allow"] = EncryptionMode.Allow,
        ["prefer"] = EncryptionMode.Prefer,
        ["require"] = EncryptionMode.Require,
        ["verify-ca"] = EncryptionMode.VerifyCa,
        ["verify-full"] = EncryptionMode.VerifyFull,
    };

    /// <summary>What libpq does when nothing is said.</summary>
    public static ServerEncryption Default { get; } = new(EncryptionMode.Prefer);

    /// <summary>Reads sslmode, sslrootcert, sslcert and sslkey.</summary>
    /// <param name="values">Keywords and their values.</param>
    /// <exception cref="PgException">22023: a value that is not known; 0A000: revocation lists.</exception>
    public static ServerEncryption From(IReadOnlyDictionary<string, string> values)
    {
        if (values.GetValueOrDefault("sslcrl") is { Length: > 0 } || values.GetValueOrDefault("sslcrldir") is { Length: > 0 })
            throw new PgException(SqlState.FeatureNotSupported, "certificate revocation lists (sslcrl) are not supported");
        var root = NotEmpty("sslrootcert");
        var mode = NotEmpty("sslmode") is not { } word
            ? (root == OfTheMachine ? EncryptionMode.VerifyFull : EncryptionMode.Prefer)
            : Modes.TryGetValue(word, out var known) ? known : throw new PgException(SqlState.InvalidParameterValue, $"invalid sslmode value: \"{word}\"");
        return new ServerEncryption(mode, root, NotEmpty("sslcert"), NotEmpty("sslkey"));

        string? NotEmpty(string key) => values.GetValueOrDefault(key) is { Length: > 0 } value ? value : null;
    }

    /// <summary>Whether connections are encrypted, in the order in which it is tried.</summary>
    public IReadOnlyList<bool> Attempts => Mode switch
    {
        EncryptionMode.Disable => [false],
        EncryptionMode.Allow => [false, true],
        EncryptionMode.Prefer => [true, false],
        _ => [true],
    };

    /// <summary>Encrypts a connection on which nothing has been sent yet.</summary>
    /// <returns>False when the server cannot, and need not.</returns>
    /// <exception cref="PgException">08006: it has to be encrypted and cannot; or nobody signed for the server.</exception>
    public async Task<bool> EncryptAsync(PgTransport transport, string host, CancellationToken cancellation)
    {
        if (!await transport.AskForEncryptionAsync(cancellation).ConfigureAwait(false))
            return Mode < EncryptionMode.Require ? false : throw new PgException(SqlState.ConnectionFailure, "server does not support SSL, but SSL was required");
        var reason = "";
        try
        {
            var options = Options(host, r => reason = r);
            await transport.EncryptAsClientAsync(options, cancellation).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or CryptographicException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            throw new PgException(SqlState.ConnectionFailure, $"SSL error: {(reason.Length > 0 ? reason : e.Message)}", inner: e);
        }
    }

    /// <summary>The same for Npgsql.</summary>
    public IEnumerable<KeyValuePair<string, object>> ToNpgsql()
    {
        // Npgsql has no way to check the authority where the mode is libpq's "require" and there is a file.
        yield return new("SSL Mode", (ChecksAuthority && Mode == EncryptionMode.Require ? EncryptionMode.VerifyCa : Mode).ToString());
        if (RootCertificate is { } root && root != OfTheMachine)
            yield return new("Root Certificate", root);
        if (Certificate is { } certificate)
            yield return new("SSL Certificate", certificate);
        if (Key is { } key)
            yield return new("SSL Key", key);
    }

    // "For backwards compatibility", as libpq's manual has it, a file of authorities makes "require" check them.
    private bool ChecksAuthority => Mode >= EncryptionMode.VerifyCa || (Mode == EncryptionMode.Require && RootCertificate is not null);

    private SslClientAuthenticationOptions Options(string host, Action<string> refused)
    {
        var roots = ChecksAuthority ? Roots() : null;
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
            RemoteCertificateValidationCallback = (_, shown, sent, errors) => Accepts(shown, sent, errors, roots, host, refused),
        };
        if (Certificate is { } file)
            options.ClientCertificateContext = CertificateFiles.ReadOwn(file, Key ?? file);
        return options;
    }

    private X509Certificate2Collection Roots()
    {
        if (RootCertificate is not { } file)
            throw new IOException("sslrootcert is needed to verify the server's certificate");
        return file == OfTheMachine ? [] : CertificateFiles.ReadAuthorities(file);
    }

    private bool Accepts(X509Certificate? shown, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection? roots, string host, Action<string> refused)
    {
        if (roots is null)
            return true;
        var isSigned = shown is not null
            && (RootCertificate == OfTheMachine ? (errors & SslPolicyErrors.RemoteCertificateChainErrors) == 0 : CertificateFiles.IsSigned(shown, sent, roots));
        if (!isSigned)
            refused("certificate verify failed");
        else if (Mode == EncryptionMode.VerifyFull && (errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
            refused($"server certificate does not match host name \"{host}\"");
        else
            return true;
        return false;
    }
}
