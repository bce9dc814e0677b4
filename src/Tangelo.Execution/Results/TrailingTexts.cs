using System.Buffers.Binary;
using System.Text;

namespace Tangelo.Execution.Results;

/// <summary>Texts that follow the client's columns in each row and are not for the client.</summary>
public static class TrailingTexts
{
    /// <summary>The result formats with <paramref name="count"/> texts more. A text is the same in both formats; only a list of formats has to name it.</summary>
    public static byte[] Formats(ReadOnlySpan<byte> formats, int count)
    {
        var named = BinaryPrimitives.ReadInt16BigEndian(formats);
        if (named < 2)
            return formats.ToArray();
        byte[] more = [.. formats, .. new byte[2 * count]];
        BinaryPrimitives.WriteInt16BigEndian(more, (short)(named + count));
        return more;
    }

    /// <summary>A DataRow without its last <paramref name="count"/> fields, and those.</summary>
    public static (byte[] Row, string?[] Texts) Take(ReadOnlySpan<byte> message, int count)
    {
        const int Header = 7;
        var fields = BinaryPrimitives.ReadInt16BigEndian(message[5..]) - count;
        var position = Header;
        for (var i = 0; i < fields; i++)
            position += 4 + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(message[position..]));
        var row = message[..position].ToArray();
        BinaryPrimitives.WriteInt32BigEndian(row.AsSpan(1), position - 1);
        BinaryPrimitives.WriteInt16BigEndian(row.AsSpan(5), (short)fields);
        var texts = new string?[count];
        for (var i = 0; i < count; i++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(message[position..]);
            texts[i] = length < 0 ? null : Encoding.UTF8.GetString(message.Slice(position + 4, length));
            position += 4 + Math.Max(0, length);
        }

        return (row, texts);
    }
}
