using System.Text;

namespace Tangelo.Sql.Splicing;

/// <summary>A changed text, and the way from a place in it back to the original.</summary>
/// <param name="Text">The new text in UTF-8.</param>
/// <param name="Positions">Maps positions of the new text to the original.</param>
public sealed record SplicedText(byte[] Text, PositionMap Positions)
{
    /// <summary>The new text as a string.</summary>
    public string Sql => Encoding.UTF8.GetString(Text);
}
