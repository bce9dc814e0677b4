namespace Tangelo.Catalog.Hashing.Formats;

/// <summary>bool: 1 or 0, from any unambiguous beginning of true, false, yes, no, on, off, or from 1 and 0.</summary>
internal sealed class BooleanFormat : Int64Format
{
    public override bool TryParse(ReadOnlySpan<byte> text, out long value)
    {
        var word = InputText.Trim(text);
        value = 0;
        if (Begins(word, "true"u8, 1) || Begins(word, "yes"u8, 1) || Begins(word, "on"u8, 2) || Begins(word, "1"u8, 1))
            value = 1;
        else if (!Begins(word, "false"u8, 1) && !Begins(word, "no"u8, 1) && !Begins(word, "off"u8, 2) && !Begins(word, "0"u8, 1))
            throw InputText.Invalid("boolean", text);
        return true;
    }

    public override bool TryDecode(ReadOnlySpan<byte> wire, out long value)
    {
        value = wire.Length == 1 && wire[0] != 0 ? 1 : 0;
        return wire.Length == 1;
    }

    private static bool Begins(ReadOnlySpan<byte> word, ReadOnlySpan<byte> full, int atLeast) =>
        word.Length >= atLeast && word.Length <= full.Length && InputText.EqualsIgnoreCase(word, full[..word.Length]);
}
