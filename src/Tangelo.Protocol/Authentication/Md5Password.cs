using System.Security.Cryptography;
using System.Text;

namespace Tangelo.Protocol.Authentication;

/// <summary>PostgreSQL's md5 passwords. The method is what it is, and is not used for anything else.</summary>
public static class Md5Password
{
    private const string Prefix = "md5";

    /// <summary>True for what <c>pg_authid.rolpassword</c> holds of such a password.</summary>
    public static bool IsVerifier(string text) =>
        text.Length == 35 && text.StartsWith(Prefix, StringComparison.Ordinal) && text.Skip(3).All(char.IsAsciiHexDigitLower);

    /// <summary>The verifier of a password.</summary>
    public static string Verifier(string role, string password) => Prefix + Hash(Encoding.UTF8.GetBytes(password + role));

    /// <summary>What a client that knows the verifier answers to the salt.</summary>
    public static string Answer(string verifier, ReadOnlySpan<byte> salt) => Prefix + Hash([.. Encoding.UTF8.GetBytes(verifier[3..]), .. salt]);

#pragma warning disable CA5351
    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351
}
