using System.Buffers.Binary;
using Tangelo.Catalog.Hashing.Formats;

namespace Tangelo.Catalog.Hashing.Types;

/// <summary>
/// hash_array: the hashes of the elements in order, 0 for NULL, whatever the dimensions. Text of more than one dimension, or with
/// explicit bounds, is left to PostgreSQL.
/// </summary>
internal sealed class ArrayKeyHasher(uint elementType, IKeyHasher element) : IKeyHasher
{
    private const int MaxDimensions = 6;

    public bool TryHashText(ReadOnlySpan<byte> utf8Text, out int hash)
    {
        hash = 1;
        var text = InputText.Trim(utf8Text);
        if (!InputText.Take(ref text, '{'))
            return false;
        text = InputText.Trim(text);
        if (InputText.Take(ref text, '}'))
            return text.IsEmpty;

        while (ArrayText.TryTakeElement(ref text, out var item, out var isNull))
        {
            var itemHash = 0;
            if (!isNull && !element.TryHashText(item, out itemHash))
                return false;
            hash = unchecked((hash * 31) + itemHash);
            if (InputText.Take(ref text, '}'))
                return text.IsEmpty;
            if (!InputText.Take(ref text, ','))
                return false;
        }

        return false;
    }

    public bool TryHashBinary(ReadOnlySpan<byte> value, out int hash)
    {
        hash = 1;
        if (!TryTakeInt32(ref value, out var dimensions) || !TryTakeInt32(ref value, out _)
            || !TryTakeInt32(ref value, out var type) || (uint)type != elementType || dimensions is < 0 or > MaxDimensions)
            return false;

        var count = dimensions == 0 ? 0L : 1L;
        for (var i = 0; i < dimensions; i++)
        {
            if (!TryTakeInt32(ref value, out var size) || !TryTakeInt32(ref value, out _) || size < 0)
                return false;
            if ((count *= size) > value.Length)
                return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!TryTakeInt32(ref value, out var length) || length > value.Length || length < -1)
                return false;
            var itemHash = 0;
            if (length >= 0)
            {
                if (!element.TryHashBinary(value[..length], out itemHash))
                    return false;
                value = value[length..];
            }

            hash = unchecked((hash * 31) + itemHash);
        }

        return value.IsEmpty;
    }

    private static bool TryTakeInt32(ref ReadOnlySpan<byte> wire, out int value)
    {
        if (!BinaryPrimitives.TryReadInt32BigEndian(wire, out value))
            return false;
        wire = wire[4..];
        return true;
    }
}
