using System.Buffers.Binary;
using System.Text;
using Tangelo.Core;
using Tangelo.Execution.Parameters;

namespace Tangelo.Execution.Shards;

/// <summary>The elements of an array that a distribution column is compared with by = ANY.</summary>
internal static class ArrayElements
{
    // Beyond that many keys every shard is likely to hold one.
    private const int Limit = 1000;

    /// <summary>The elements without NULLs, in the parameter's own format; null for what is long, nested or quoted.</summary>
    public static IReadOnlyList<(ReadOnlyMemory<byte> Value, bool IsBinary, Oid Type)>? Read(ParameterSet parameters, int number)
    {
        if (parameters.Value(number) is not { } array)
            return [];
        return parameters.IsBinary(number) ? ReadBinary(array) : ReadText(array);
    }

    private static List<(ReadOnlyMemory<byte>, bool, Oid)>? ReadText(ReadOnlyMemory<byte> array)
    {
        var text = Encoding.UTF8.GetString(array.Span).Trim();
        if (text.Length < 2 || text[0] != '{' || text[^1] != '}')
            return null;
        var elements = new List<(ReadOnlyMemory<byte>, bool, Oid)>();
        var inner = text[1..^1];
        if (inner.Trim().Length == 0)
            return elements;
        foreach (var part in inner.Split(',').Select(p => p.Trim()))
        {
            var isQuoted = part.Length >= 2 && part[0] == '"' && part[^1] == '"';
            var element = isQuoted ? part[1..^1] : part;
            if (element.AsSpan().ContainsAny("{}\"\\") || (!isQuoted && element.Length == 0) || elements.Count == Limit)
                return null;
            if (isQuoted || !element.Equals("null", StringComparison.OrdinalIgnoreCase))
                elements.Add((Encoding.UTF8.GetBytes(element), false, new Oid(0)));
        }

        return elements;
    }

    // Dimensions, a flag, the element type; then for the one dimension its length and lower bound; then the elements.
    private static List<(ReadOnlyMemory<byte>, bool, Oid)>? ReadBinary(ReadOnlyMemory<byte> array)
    {
        const int Header = 12;
        const int Dimension = 8;
        if (array.Length < Header)
            return null;
        var elements = new List<(ReadOnlyMemory<byte>, bool, Oid)>();
        var dimensions = BinaryPrimitives.ReadInt32BigEndian(array.Span);
        if (dimensions == 0)
            return elements;
        var type = new Oid(BinaryPrimitives.ReadUInt32BigEndian(array.Span[8..]));
        if (dimensions != 1 || array.Length < Header + Dimension || BinaryPrimitives.ReadInt32BigEndian(array.Span[Header..]) is < 0 or > Limit)
            return null;
        for (var rest = array[(Header + Dimension)..]; rest.Length > 0;)
        {
            if (rest.Length < 4)
                return null;
            var length = BinaryPrimitives.ReadInt32BigEndian(rest.Span);
            rest = rest[4..];
            if (length < 0)
                continue;
            if (length > rest.Length)
                return null;
            elements.Add((rest[..length], true, type));
            rest = rest[length..];
        }

        return elements;
    }
}
