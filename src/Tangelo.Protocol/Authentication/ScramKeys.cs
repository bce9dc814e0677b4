using System.Security.Cryptography;
using System.Text;

namespace Tangelo.Protocol.Authentication;

/// <summary>
/// What one needs to log in as a role by SCRAM-SHA-256 without its password: good for servers whose verifier of the role has the same salt and iterations.
/// </summary>
/// <param name="ClientKey">32 bytes. Its hash is the verifier's stored key.</param>
/// <param name="ServerKey">32 bytes, by which the server proves that it knows the role.</param>
public sealed record ScramKeys(byte[] ClientKey, byte[] ServerKey)
{
    /// <summary>Derives both from a password (RFC 5802, section 3).</summary>
    public static ScramKeys Derive(string password, ReadOnlySpan<byte> salt, int iterations)
    {
        var salted = Rfc2898DeriveBytes.Pbkdf2(SaslPassword.Prepare(password), salt, iterations, HashAlgorithmName.SHA256, 32);
        return new ScramKeys(HMACSHA256.HashData(salted, "Client Key"u8), HMACSHA256.HashData(salted, "Server Key"u8));
    }

    /// <summary>What a server keeps of the client's key.</summary>
    public byte[] StoredKey => SHA256.HashData(ClientKey);

    /// <summary>Nothing of the keys.</summary>
    public override string ToString() => nameof(ScramKeys);

    internal static byte[] Exclusive(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var result = left.ToArray();
        for (var i = 0; i < result.Length; i++)
            result[i] ^= right[i];
        return result;
    }

    internal static byte[] Sign(ReadOnlySpan<byte> key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
