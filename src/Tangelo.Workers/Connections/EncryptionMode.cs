namespace Tangelo.Workers.Connections;

/// <summary>What a connection to a server asks of TLS: libpq's sslmode (PostgreSQL manual, "SSL Support" of libpq).</summary>
public enum EncryptionMode
{
    /// <summary>Never encrypted.</summary>
    Disable,

    /// <summary>Encrypted where the server refuses it otherwise.</summary>
    Allow,

    /// <summary>Encrypted where the server can.</summary>
    Prefer,

    /// <summary>Always encrypted; whoever the server is, unless there is a file of authorities.</summary>
    Require,

    /// <summary>Encrypted, and an authority has signed the server's certificate.</summary>
    VerifyCa,

    /// <summary>The same, and the certificate names the host.</summary>
    VerifyFull,
}
