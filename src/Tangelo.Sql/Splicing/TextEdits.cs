using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Tangelo.Sql.Splicing;

/// <summary>Edits to one UTF-8 text, collected in any order and applied together.</summary>
public sealed class TextEdits
{
    private readonly List<TextEdit> _edits = [];

    /// <summary>True when there is nothing to change.</summary>
    public bool IsEmpty => _edits.Count == 0;

    /// <summary>Replaces <paramref name="length"/> bytes at <paramref name="offset"/>; a length of 0 inserts.</summary>
    public void Replace(int offset, int length, string replacement) => _edits.Add(new TextEdit(offset, length, Encoding.UTF8.GetBytes(replacement)));

    /// <summary>Inserts <paramref name="text"/> before the byte at <paramref name="offset"/>. Insertions at one place keep their order.</summary>
    public void Insert(int offset, string text) => Replace(offset, 0, text);

    /// <summary>Takes over the edits of another text, which lies at <paramref name="offset"/> of this one.</summary>
    public void AddAll(TextEdits other, int offset)
    {
        ArgumentNullException.ThrowIfNull(other);
        _edits.AddRange(other._edits.Select(e => e with { Offset = e.Offset + offset }));
    }

    /// <summary>Applies the edits to <paramref name="original"/>; false when two of them overlap.</summary>
    public bool TryApply(byte[] original, [NotNullWhen(true)] out SplicedText? spliced)
    {
        var end = 0;
        foreach (var edit in InOrder())
        {
            if (edit.Offset < end)
            {
                spliced = null;
                return false;
            }

            end = edit.End;
        }

        spliced = Apply(original);
        return true;
    }

    /// <summary>Applies the edits to <paramref name="original"/>.</summary>
    /// <exception cref="InvalidOperationException">Two edits overlap.</exception>
    public SplicedText Apply(byte[] original)
    {
        ArgumentNullException.ThrowIfNull(original);
        var edits = InOrder();
        var result = new byte[original.Length + edits.Sum(e => e.Replacement.Length - e.Length)];
        int read = 0, written = 0;
        foreach (var edit in edits)
        {
            if (edit.Offset < read)
                throw new InvalidOperationException("edits overlap");
            original.AsSpan(read, edit.Offset - read).CopyTo(result.AsSpan(written));
            written += edit.Offset - read;
            edit.Replacement.CopyTo(result.AsSpan(written));
            written += edit.Replacement.Length;
            read = edit.End;
        }

        original.AsSpan(read).CopyTo(result.AsSpan(written));
        return new SplicedText(result, new PositionMap(original, result, edits));
    }

    // OrderBy is stable; an insertion comes before a replacement at the same place.
    private TextEdit[] InOrder() => [.. _edits.OrderBy(e => e.Offset).ThenBy(e => e.Length > 0)];
}
