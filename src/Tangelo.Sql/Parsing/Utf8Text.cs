using System.Text;
using System.Text.Unicode;
using Tangelo.Core;

namespace Tangelo.Sql.Parsing;

/// <summary>Characters and bytes of UTF-8 text.</summary>
public static class Utf8Text
{
    /// <summary>The number of characters (code points, as PostgreSQL counts positions) in <paramref name="utf8"/>.</summary>
    public static int CountCharacters(ReadOnlySpan<byte> utf8)
    {
        var continuations = 0;
        foreach (var b in utf8)
        {
            if ((b & 0xC0) == 0x80)
                continuations++;
        }

        return utf8.Length - continuations;
    }

    /// <summary>The byte offset of the character with the 0-based index <paramref name="character"/>; the length of the text if it has fewer.</summary>
    public static int ByteOffset(ReadOnlySpan<byte> utf8, int character)
    {
        for (var i = 0; i < utf8.Length; i++)
        {
            if ((utf8[i] & 0xC0) != 0x80 && character-- == 0)
                return i;
        }

        return utf8.Length;
    }

    /// <summary>Refuses bytes that are not UTF-8, in PostgreSQL's words.</summary>
    internal static void Verify(ReadOnlySpan<byte> utf8)
    {
        if (Utf8.IsValid(utf8))
            return;
        var rest = utf8;
        while (Rune.DecodeFromUtf8(rest, out _, out var consumed) == System.Buffers.OperationStatus.Done)
            rest = rest[consumed..];
        var length = Math.Min(rest.Length, ExpectedLength(rest[0]));
        var bytes = string.Join(' ', rest[..length].ToArray().Select(b => $"0x{b:x2}"));
        throw new PgException("22021", $"invalid byte sequence for encoding \"UTF8\": {bytes}");
    }

    // The length that PostgreSQL reads from the first byte alone.
    private static int ExpectedLength(byte first) => first switch
    {
        < 0xC0 => 1,
        < 0xE0 => 2,
        < 0xF0 => 3,
        < 0xF8 => 4,
        _ => 1,
    };
}
