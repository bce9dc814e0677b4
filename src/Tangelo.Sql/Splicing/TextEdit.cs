namespace Tangelo.Sql.Splicing;

/// <summary>Replaces <paramref name="Length"/> bytes at <paramref name="Offset"/> of the original text.</summary>
public readonly record struct TextEdit(int Offset, int Length, byte[] Replacement)
{
    internal int End => Offset + Length;
}
