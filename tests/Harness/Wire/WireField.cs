namespace Tangelo.Harness.Wire;

/// <summary>One column of a RowDescription, as it came.</summary>
internal sealed record WireField(
    string Name, uint TableOid, short ColumnNumber, uint TypeOid, short TypeSize, int TypeModifier, short Format);
