using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Tangelo.Compat.Tests.Comparison;

/// <summary>Rows as lines of text that can be sorted, compared and shown.</summary>
internal static class RowText
{
    /// <param name="row">The values as they came.</param>
    /// <param name="isBinary">For each column, whether the value is shown in hexadecimal.</param>
    public static string Of(byte[]?[] row, IReadOnlyList<bool> isBinary)
        => string.Join(" | ", row.Select((value, i) => value switch
        {
            null => "NULL",
            _ when i < isBinary.Count && isBinary[i] => Convert.ToHexString(value),
            _ => "'" + Encoding.UTF8.GetString(value) + "'",
        }));

    /// <summary>The lines of a COPY in text or CSV, or the tuples of one in binary.</summary>
    public static List<string> OfCopy(byte[] data, byte format)
        => format == 0 ? [.. Encoding.UTF8.GetString(data).Split('\n')] : Tuples(data);

    private static List<string> Tuples(byte[] data)
    {
        const int Signature = 11, Header = 19;
        var tuples = new List<string> { Convert.ToHexString(data.AsSpan(0, Math.Min(Signature, data.Length))) };
        for (var at = Header; at + 2 <= data.Length;)
        {
            var count = BinaryPrimitives.ReadInt16BigEndian(data.AsSpan(at));
            at += 2;
            if (count < 0)
            {
                tuples.Add("trailer, then " + (data.Length - at).ToString(CultureInfo.InvariantCulture) + " bytes");
                break;
            }
            var row = new byte[]?[count];
            for (var i = 0; i < count; i++)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(data.AsSpan(at));
                at += 4;
                row[i] = length < 0 ? null : data.AsSpan(at, length).ToArray();
                at += Math.Max(length, 0);
            }
            tuples.Add(Of(row, Enumerable.Repeat(true, count).ToList()));
        }
        return tuples;
    }
}
