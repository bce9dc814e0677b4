namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>
/// "char". Whether a byte from 128 on is negative depends on the server's processor, so those are asked of PostgreSQL.
/// </summary>
internal sealed class CharFormat : Int64Format
{
    public override bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        value = text.IsEmpty ? 0 : text[0];
        return text.Length <= 1 && value < 128;
    }

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = wire.Length == 1 ? wire[0] : 0;
        return wire.Length == 1 && value < 128;
    }
}
