using System.Text;

namespace Tangelo.Protocol.Authentication;

/// <summary>Passwords as SCRAM compares them: prepared by SASLprep (RFC 4013), or as they are where that forbids a character, which is what PostgreSQL does.</summary>
internal static class SaslPassword
{
    /// <summary>The bytes to derive keys from.</summary>
    public static byte[] Prepare(string password)
    {
        if (Ascii.IsValid(password))
            return Encoding.UTF8.GetBytes(password);
        var mapped = new StringBuilder(password.Length);
        foreach (var rune in password.EnumerateRunes())
        {
            if (IsMappedToNothing(rune.Value))
                continue;
            if (IsSpace(rune.Value))
                mapped.Append(' ');
            else
                mapped.Append(rune);
        }

        // Without ICU the runtime normalizes nothing: a client that does so shows another proof only for passwords with characters that have several forms.
        try
        {
            var prepared = mapped.ToString().Normalize(NormalizationForm.FormKC);
            return Encoding.UTF8.GetBytes(prepared.Length == 0 || prepared.EnumerateRunes().Any(IsProhibited) ? password : prepared);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8.GetBytes(password);
        }
    }

    // RFC 3454, tables C.1.2 and B.1.
    private static bool IsSpace(int c) => c is 0xa0 or 0x1680 or (>= 0x2000 and <= 0x200b) or 0x202f or 0x205f or 0x3000;

    private static bool IsMappedToNothing(int c) =>
        c is 0xad or 0x34f or 0x1806 or (>= 0x180b and <= 0x180d) or (>= 0x200c and <= 0x200d) or 0x2060 or (>= 0xfe00 and <= 0xfe0f) or 0xfeff;

    // RFC 3454, tables C.2 to C.9, as far as they hold more than what the normal form has none of.
    private static bool IsProhibited(Rune rune) =>
        rune.Value is < 0x20 or (>= 0x7f and <= 0x9f) or 0x6dd or 0x70f or 0x180e or (>= 0x200c and <= 0x200f) or (>= 0x2028 and <= 0x202e)
            or (>= 0x2060 and <= 0x2063) or (>= 0x206a and <= 0x206f) or (>= 0x2ff0 and <= 0x2ffb) or (>= 0xe000 and <= 0xf8ff)
            or (>= 0xfdd0 and <= 0xfdef) or (>= 0xfff9 and <= 0xffff) or 0xfeff or (>= 0x1d173 and <= 0x1d17a) or >= 0xe0001
        || (rune.Value & 0xfffe) == 0xfffe;
}
