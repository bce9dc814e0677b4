using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tangelo.Server.Tests.Authentication;

/// <summary>An authority of the test's own and what it signs, as PEM files in a folder.</summary>
internal sealed class Certificates
{
    private readonly byte[] _authority;

    public Certificates(string folder)
    {
        Folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority of a test", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
        _authority = authority.Export(X509ContentType.Pkcs12);
        File.WriteAllText(Path("authority.crt"), authority.ExportCertificatePem());
    }

    public string Folder { get; }

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    /// <summary>Writes NAME.crt and NAME.key.</summary>
    /// <param name="name">Of the files.</param>
    /// <param name="subject">Whom the certificate names.</param>
    /// <param name="host">Which host it is for; by default this machine.</param>
    public void Write(string name, string subject, string? host = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host ?? "localhost");
        if (host is null)
            names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var authority = X509CertificateLoader.LoadPkcs12(_authority, null);
        using var signed = request.Create(authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path(name + ".key"), key.ExportPkcs8PrivateKeyPem());
        File.SetUnixFileMode(Path(name + ".key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(Path(name + ".crt"), signed.ExportCertificatePem());
    }
}
