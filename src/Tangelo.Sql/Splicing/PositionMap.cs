using Tangelo.Sql.Parsing;

namespace Tangelo.Sql.Splicing;

/// <summary>Says where in the original text something of the new text came from.</summary>
public sealed class PositionMap
{
    private readonly byte[] _original;
    private readonly byte[] _changed;
    private readonly TextEdit[] _edits;

    internal PositionMap(byte[] original, byte[] changed, TextEdit[] edits) => (_original, _changed, _edits) = (original, changed, edits);

    /// <summary>
    /// Maps the 1-based character <paramref name="position"/> of the new text to the original. A place inside a
    /// replacement maps to the start of what it replaced.
    /// </summary>
    public int MapBack(int position)
    {
        var offset = MapBackBytes(Utf8Text.ByteOffset(_changed, position - 1));
        return Utf8Text.CountCharacters(_original.AsSpan(0, offset)) + 1;
    }

    /// <summary>As <see cref="MapBack"/>, for 0-based byte offsets.</summary>
    public int MapBackBytes(int offset)
    {
        var shift = 0;
        foreach (var edit in _edits)
        {
            var start = edit.Offset + shift;
            if (offset < start)
                break;
            if (offset < start + edit.Replacement.Length)
                return edit.Offset;
            shift += edit.Replacement.Length - edit.Length;
        }

        return Math.Clamp(offset - shift, 0, _original.Length);
    }
}
