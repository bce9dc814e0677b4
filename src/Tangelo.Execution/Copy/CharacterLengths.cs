using System.Text;

namespace Tangelo.Execution.Copy;

/// <summary>
/// How long the characters of an encoding are, as far as their first bytes tell: enough to cut text between characters. PostgreSQL says whether they
/// are characters at all.
/// </summary>
internal sealed class CharacterLengths
{
    private readonly Func<ReadOnlySpan<byte>, int> _length;

    private CharacterLengths(Func<ReadOnlySpan<byte>, int> length) => _length = length;

    /// <param name="encoding">An encoding in PostgreSQL's spelling; others count as having characters of one byte.</param>
    public static CharacterLengths Of(string encoding) => encoding switch
    {
        "UTF8" => new(Utf8),
        "SJIS" or "SHIFT_JIS_2004" => new(ShiftJis),
        "GB18030" => new(Gb18030),
        "BIG5" or "GBK" or "UHC" => new(_ => 2),
        "JOHAB" => new(JapaneseUnix),
        "EUC_TW" => new(TaiwaneseUnix),
        _ when encoding.StartsWith("EUC_", StringComparison.Ordinal) => new(JapaneseUnix),
        _ => new(_ => 1),
    };

    /// <summary>How many of the bytes are whole characters, of those that end at <paramref name="limit"/> at the latest.</summary>
    public int Whole(ReadOnlySpan<byte> bytes, int limit)
    {
        var at = 0;
        while (at < limit)
        {
            var rest = bytes[at..limit];
            var ascii = rest.IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (ascii < 0)
                return limit;
            at += ascii;
            var length = _length(bytes[at..]);
            if (length == 0 || length > limit - at)
                return at;
            at += length;
        }

        return at;
    }

    /// <summary>True when the text is the same in every encoding that clients may have.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> bytes) => Ascii.IsValid(bytes) && !bytes.Contains((byte)0);

    private static int Utf8(ReadOnlySpan<byte> bytes) => bytes[0] switch
    {
        >= 0xC0 and < 0xE0 => 2,
        >= 0xE0 and < 0xF0 => 3,
        >= 0xF0 and < 0xF8 => 4,
        _ => 1,
    };

    private static int ShiftJis(ReadOnlySpan<byte> bytes) => bytes[0] is >= 0xA1 and <= 0xDF ? 1 : 2;

    // The second byte tells between two and four; 0: it is not there.
    private static int Gb18030(ReadOnlySpan<byte> bytes) => bytes.Length == 1 ? 0 : bytes[1] is >= (byte)'0' and <= (byte)'9' ? 4 : 2;

    private static int JapaneseUnix(ReadOnlySpan<byte> bytes) => bytes[0] == 0x8F ? 3 : 2;

    private static int TaiwaneseUnix(ReadOnlySpan<byte> bytes) => bytes[0] switch
    {
        0x8E => 4,
        0x8F => 3,
        _ => 2,
    };
}
