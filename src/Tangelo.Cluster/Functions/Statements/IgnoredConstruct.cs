namespace Tangelo.Cluster.Functions.Statements;

/// <summary>A construct that foreign tables forget.</summary>
/// <param name="Construct">As the client knows it.</param>
/// <param name="Hint">A way round.</param>
/// <param name="Relations">What it is about.</param>
/// <param name="Equal">Columns that have one value, as far as the text tells.</param>
internal sealed record IgnoredConstruct(string Construct, string Hint, IReadOnlyList<NamedRelation> Relations, IReadOnlyList<EqualColumn> Equal)
{
    /// <summary>Relations that other parts of the statement read or change; only what concerns the same rows counts.</summary>
    public IReadOnlyList<NamedRelation> Others { get; init; } = [];

    /// <summary>Functions that other parts of the statement call.</summary>
    public IReadOnlyList<string> Calls { get; init; } = [];

    /// <summary>True for an INSERT without ON CONFLICT: its rows wait, but for those of a partitioned table.</summary>
    public bool Inserts { get; init; }
}

/// <summary>A relation as a statement names it.</summary>
/// <param name="Schema">The schema that was written, or "".</param>
/// <param name="Name">The name without it.</param>
internal sealed record NamedRelation(string Schema, string Name);

/// <summary>A column that WHERE compares with a value.</summary>
/// <param name="Column">Its name.</param>
/// <param name="Others">Names in the value: it is none if one of them is a column, too.</param>
internal sealed record EqualColumn(string Column, IReadOnlyList<string> Others);
