using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Tangelo.Workers.Connections;

/// <summary>Certificates and keys in PEM files, and who has signed them.</summary>
public static class CertificateFiles
{
    /// <summary>What this side shows of itself.</summary>
    /// <param name="certificate">Its certificate, and after it those that lead to the one that the other side knows.</param>
    /// <param name="key">The private key, without a pass phrase.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A file is not what it should be.</exception>
    public static SslStreamCertificateContext ReadOwn(string certificate, string key)
    {
        using var fromPem = X509Certificate2.CreateFromPemFile(certificate, key);
        // What is made from PEM holds a key that lives only as long as this object.
        var own = X509CertificateLoader.LoadPkcs12(fromPem.Export(X509ContentType.Pkcs12), null);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(certificate);
        return SslStreamCertificateContext.Create(own, [.. chain.Skip(1)], offline: true);
    }

    /// <summary>The certificates that sign others.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The file is not what it should be.</exception>
    public static X509Certificate2Collection ReadAuthorities(string file)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(file);
        return authorities;
    }

    /// <summary>Whether one of the authorities has signed a certificate, or one that leads to it.</summary>
    /// <param name="shown">The certificate.</param>
    /// <param name="sent">What came with it.</param>
    /// <param name="authorities">Who is believed.</param>
    public static bool IsSigned(X509Certificate shown, X509Chain? sent, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var between in sent?.ChainPolicy.ExtraStore ?? [])
            chain.ChainPolicy.ExtraStore.Add(between);
        using var certificate = X509CertificateLoader.LoadCertificate(shown.GetRawCertData());
        return chain.Build(certificate);
    }
}
