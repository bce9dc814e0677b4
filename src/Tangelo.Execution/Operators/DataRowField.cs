using System.Buffers.Binary;

namespace Tangelo.Execution.Operators;

/// <summary>Looks at one field of a DataRow body.</summary>
internal static class DataRowField
{
    /// <summary>The bytes of field <paramref name="index"/> (from 0), or null for NULL.</summary>
    public static ReadOnlyMemory<byte>? Get(ReadOnlyMemory<byte> body, int index)
    {
        var position = 2;
        for (var i = 0; ; i++)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(body.Span[position..]);
            position += 4;
            if (i == index)
                return length < 0 ? default(ReadOnlyMemory<byte>?) : body.Slice(position, length);
            position += Math.Max(length, 0);
        }
    }
}
