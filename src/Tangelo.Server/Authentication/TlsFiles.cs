using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Authentication;

/// <summary>The certificate that the router shows to clients, and those by which it knows theirs.</summary>
internal static class TlsFiles
{
    /// <summary>Reads PEM files.</summary>
    /// <param name="certificate">The server's certificate, and after it those that lead to the one that clients know.</param>
    /// <param name="key">Its private key, without a pass phrase.</param>
    /// <param name="authorities">The certificates that sign clients' ones; null when clients show none.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file is not what it should be.</exception>
    public static SslServerAuthenticationOptions Read(string certificate, string key, string? authorities)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = CertificateFiles.ReadOwn(certificate, key),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
        };
        if (authorities is null)
            return options;

        var roots = CertificateFiles.ReadAuthorities(authorities);
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, shown, sent, _) => shown is null || CertificateFiles.IsSigned(shown, sent, roots);
        return options;
    }
}
