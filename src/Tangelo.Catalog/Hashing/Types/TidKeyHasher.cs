using System.Buffers.Binary;
using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>tid: the six bytes as they lie in memory, block number (high half first) and offset.</summary>
internal sealed class TidKeyHasher : IKeyHasher
{
    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 0;
        if (!InputText.Take(ref utf8Text, '(')
            || InputText.TakeDigits(ref utf8Text, 9, out var block) == 0 || !InputText.Take(ref utf8Text, ',')
            || InputText.TakeDigits(ref utf8Text, 5, out var offset) == 0 || !InputText.Take(ref utf8Text, ')')
            || !utf8Text.IsEmpty || offset > ushort.MaxValue)
            return false;
        hash = Hash((uint)block, (ushort)offset);
        return true;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 0;
        if (value.Length != 6)
            return false;
        hash = Hash(BinaryPrimitives.ReadUInt32BigEndian(value), BinaryPrimitives.ReadUInt16BigEndian(value[4..]));
        return true;
    }

    private static int Hash(uint block, ushort offset)
    {
        Span<byte> memory = stackalloc byte[6];
        BinaryPrimitives.WriteUInt16LittleEndian(memory, (ushort)(block >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(memory[2..], (ushort)block);
        BinaryPrimitives.WriteUInt16LittleEndian(memory[4..], offset);
        return PgHash.Bytes(memory);
    }
}
