using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

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
        using var fromPem = X509Certificate2.CreateFromPemFile(certificate, key);
        // What is made from PEM holds a key that lives only as long as this object.
        var own = X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(own, [.. chain.Skip(1)], offline: true),
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            ApplicationProtocols = [new SslApplicationProtocol("postgresql")],
        };
        if (authorities is null)
            return options;

        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(authorities);
        options.ClientCertificateRequired = true;
        options.RemoteCertificateValidationCallback = (_, shown, sent, _) => shown is null || IsTrusted(shown, sent, roots);
        return options;
    }

    private static bool IsTrusted(X509Certificate shown, X509Chain? sent, X509Certificate2Collection roots)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var between in sent?.ChainPolicy.ExtraStore ?? [])
            chain.ChainPolicy.ExtraStore.Add(between);
        using var certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        return chain.Build(certificate);
    }
}
