using System.Text;
using Tangelo.Core;

namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>What PostgreSQL's input functions have in common.</summary>
internal static class InputText
{
    /// <summary>The text without what C's isspace() takes for white space at both ends.</summary>
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && IsSpace(text[0]))
            text = text[1..];
        while (!text.IsEmpty && IsSpace(text[^1]))
            text = text[..^1];
        return text;
    }

    public static bool IsSpace(byte b) => b is (byte)' ' or (>= 9 and <= 13);

    public static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    /// <summary>The value of a hexadecimal digit, or -1.</summary>
    public static int HexValue(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };

    /// <summary>
    /// Takes up to <paramref name="maxDigits"/> decimal digits off the front of <paramref name="text"/>; the count of digits.
    /// </summary>
    public static int TakeDigits(scoped ref ReadOnlySpan<byte> text, int maxDigits, out int value)
    {
        var count = 0;
        value = 0;
        while (count < maxDigits && count < text.Length && IsDigit(text[count]))
            value = (value * 10) + text[count++] - '0';
        text = text[count..];
        return count;
    }

    /// <summary>Takes <paramref name="expected"/> off the front of <paramref name="text"/> if it stands there.</summary>
    public static bool Take(scoped ref ReadOnlySpan<byte> text, char expected)
    {
        if (text.IsEmpty || text[0] != expected)
            return false;
        text = text[1..];
        return true;
    }

    public static bool EqualsIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> ascii) => Ascii.EqualsIgnoreCase(text, ascii);

    /// <summary>
    /// True when a newer server may take for a number what PostgreSQL 15 does not: 0x, 0o and 0b prefixes and underscores.
    /// </summary>
    public static bool MayBeNewerNumber(ReadOnlySpan<byte> trimmed)
    {
        if (trimmed.Contains((byte)'_'))
            return true;
        if (!trimmed.IsEmpty && trimmed[0] is (byte)'-' or (byte)'+')
            trimmed = trimmed[1..];
        return trimmed.Length > 1 && trimmed[0] == '0' && (trimmed[1] | 0x20) is 'x' or 'o' or 'b';
    }

    public static PgException Invalid(string typeName, ReadOnlySpan<byte> text) => new(
        SqlState.InvalidTextRepresentation,
        $"invalid input syntax for type {typeName}: \"{Encoding.UTF8.GetString(text)}\"");

    public static PgException OutOfRange(string typeName, ReadOnlySpan<byte> text) => new(
        "22003",
        $"value \"{Encoding.UTF8.GetString(text)}\" is out of range for type {typeName}");
}
