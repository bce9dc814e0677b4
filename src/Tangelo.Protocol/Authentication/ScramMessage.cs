using Tangelo.Core;

namespace Tangelo.Protocol.Authentication;

/// <summary>Reads the attributes of a SCRAM message (RFC 5802, section 5.1).</summary>
internal static class ScramMessage
{
    public const string Mechanism = "SCRAM-SHA-256";
    public const string BindingMechanism = "SCRAM-SHA-256-PLUS";
    public const string EndpointBinding = "tls-server-end-point";

    /// <summary>Takes <c>name=value</c> from the front of <paramref name="text"/>, and the comma after it.</summary>
    /// <exception cref="PgException">08P01: another attribute stands there.</exception>
    public static string Take(ref ReadOnlySpan<char> text, char name)
    {
        if (text.Length < 2 || text[0] != name || text[1] != '=')
            throw Malformed(text.IsEmpty ? "The message ends where an attribute is expected." : $"Expected attribute \"{name}\" but found \"{text[0]}\".");
        var end = text.IndexOf(',');
        var value = (end < 0 ? text[2..] : text[2..end]).ToString();
        text = end < 0 ? [] : text[(end + 1)..];
        return value;
    }

    /// <exception cref="PgException">08P01: not base 64.</exception>
    public static byte[] FromBase64(string text)
    {
        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            throw Malformed("A value is not in base 64.");
        }
    }

    public static PgException Malformed(string detail) => new(SqlState.ProtocolViolation, "malformed SCRAM message", detail);
}
