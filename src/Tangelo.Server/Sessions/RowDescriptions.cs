using System.Buffers.Binary;
using Tangelo.Execution.Parameters;
using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>RowDescriptions kept with text formats and given out with those a Bind asked for.</summary>
internal static class RowDescriptions
{
    private const int TableOidAndColumn = 6;
    private const int FixedPart = 18;

    /// <summary>Whether two bodies (empty for no rows) name the same columns of the same types, whatever tables they come from.</summary>
    public static bool HaveSameShape(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (left.Length != right.Length || !left[..Math.Min(2, left.Length)].SequenceEqual(right[..Math.Min(2, right.Length)]))
            return false;
        for (var position = 2; position < left.Length;)
        {
            var name = left[position..].IndexOf((byte)0) + 1;
            var end = position + name + FixedPart;
            if (!left.Slice(position, name).SequenceEqual(right.Slice(position, name))
                || !left[(position + name + TableOidAndColumn)..end].SequenceEqual(right[(position + name + TableOidAndColumn)..end]))
            {
                return false;
            }

            position = end;
        }

        return true;
    }

    /// <param name="output">Where to.</param>
    /// <param name="described">A body in which every format is text.</param>
    /// <param name="parameters">Whose result formats to show; null before Bind, when PostgreSQL shows text.</param>
    public static void Write(OutputBuffer output, ReadOnlySpan<byte> described, ParameterSet? parameters)
    {
        if (parameters is null || parameters.ResultsAreText)
        {
            output.WriteMessage(BackendCode.RowDescription, described);
            return;
        }

        var body = described.ToArray();
        var formats = parameters.ResultFormats;
        var count = BinaryPrimitives.ReadInt16BigEndian(formats);
        var columns = BinaryPrimitives.ReadInt16BigEndian(body);
        var position = 2;
        for (var i = 0; i < columns; i++)
        {
            position += body.AsSpan(position).IndexOf((byte)0) + 1 + 16;
            var format = formats.Slice(2 + (2 * (count == 1 ? 0 : i)), 2);
            format.CopyTo(body.AsSpan(position));
            position += 2;
        }

        output.WriteMessage(BackendCode.RowDescription, body);
    }
}
