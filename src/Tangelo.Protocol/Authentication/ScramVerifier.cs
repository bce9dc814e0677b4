using System.Security.Cryptography;
using System.Text;

namespace Tangelo.Protocol.Authentication;

/// <summary>What PostgreSQL keeps in <c>pg_authid.rolpassword</c> for a role with a SCRAM password.</summary>
/// <param name="Iterations">How often the password was hashed.</param>
/// <param name="Salt">Some bytes, other ones for each password.</param>
/// <param name="StoredKey">32 bytes: the hash of the client's key.</param>
/// <param name="ServerKey">32 bytes: by which the server proves itself.</param>
public sealed record ScramVerifier(int Iterations, byte[] Salt, byte[] StoredKey, byte[] ServerKey)
{
    private const string Prefix = "SCRAM-SHA-256$";
    private const int DefaultIterations = 4096;

    /// <summary>Reads <c>SCRAM-SHA-256$iterations:salt$stored key:server key</c>; null for anything else.</summary>
    public static ScramVerifier? Parse(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var parts = text[Prefix.Length..].Split('$', ':');
        try
        {
            return parts.Length == 4 && int.TryParse(parts[0], out var iterations) && iterations > 0
                && Convert.FromBase64String(parts[1]) is var salt && Convert.FromBase64String(parts[2]) is { Length: 32 } stored
                && Convert.FromBase64String(parts[3]) is { Length: 32 } server
                ? new ScramVerifier(iterations, salt, stored, server)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>The verifier of a password.</summary>
    public static ScramVerifier FromPassword(string password, byte[] salt, int iterations = DefaultIterations)
    {
        var keys = ScramKeys.Derive(password, salt, iterations);
        return new ScramVerifier(iterations, salt, keys.StoredKey, keys.ServerKey);
    }

    /// <summary>
    /// A verifier that no password fits, for a role that does not exist or has none: the client cannot tell it from one with a password. The same
    /// <paramref name="secret"/> and role give the same salt.
    /// </summary>
    public static ScramVerifier ForNobody(string role, ReadOnlySpan<byte> secret) => new(
        DefaultIterations, HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes(role))[..16], RandomNumberGenerator.GetBytes(32), RandomNumberGenerator.GetBytes(32));

    /// <summary>Nothing of the keys.</summary>
    public override string ToString() => nameof(ScramVerifier);
}
