using Tangelo.Core;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// A column of one entry of a FROM clause. Its identity is the object: two references to one table have different columns.
/// </summary>
internal sealed class EntryColumn(string name, Oid type, string? collation = null)
{
    internal string Name { get; } = name;

    /// <summary>The type, or 0 when the analysis does not know it.</summary>
    internal Oid Type { get; } = type;

    /// <summary>Not null when values do not sort by the default collation of their type.</summary>
    internal string? Collation { get; } = collation;

    /// <summary>True for a table's column that is declared so. An outer join above may still make it NULL.</summary>
    internal bool IsNotNull { get; init; }

    public override string ToString() => Name;
}
