using System.Buffers;
using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>bytea: the bytes; its text is \x and hexadecimal digits, or the older form with octal escapes.</summary>
internal sealed class ByteaKeyHasher : IKeyHasher
{
    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(utf8Text.Length + 1);
        try
        {
            var known = utf8Text.StartsWith("\\x"u8)
                ? TryHex(utf8Text[2..], buffer, out var length)
                : TryEscaped(utf8Text, buffer, out length);
            hash = known ? PgHash.Bytes(buffer.AsSpan(0, length)) : 0;
            return known;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = PgHash.Bytes(value);
        return true;
    }

    private static bool TryHex(ReadOnlySpan<byte> text, Span<byte> bytes, out int length)
    {
        length = 0;
        while (!text.IsEmpty)
        {
            if (InputText.IsSpace(text[0]))
            {
                text = text[1..];
                continue;
            }

            if (text.Length < 2 || InputText.HexValue(text[0]) < 0 || InputText.HexValue(text[1]) < 0)
                return false;
            bytes[length++] = (byte)((InputText.HexValue(text[0]) << 4) | InputText.HexValue(text[1]));
            text = text[2..];
        }

        return true;
    }

    private static bool TryEscaped(ReadOnlySpan<byte> text, Span<byte> bytes, out int length)
    {
        length = 0;
        while (!text.IsEmpty)
        {
            if (text[0] != '\\')
            {
                bytes[length++] = text[0];
                text = text[1..];
            }
            else if (text.Length >= 2 && text[1] == '\\')
            {
                bytes[length++] = (byte)'\\';
                text = text[2..];
            }
            else if (text.Length >= 4 && text[1] is >= (byte)'0' and <= (byte)'3' && IsOctal(text[2]) && IsOctal(text[3]))
            {
                bytes[length++] = (byte)(((text[1] - '0') << 6) | ((text[2] - '0') << 3) | (text[3] - '0'));
                text = text[4..];
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsOctal(byte b) => b is >= (byte)'0' and <= (byte)'7';
}
