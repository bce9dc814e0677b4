using Tangelo.Core;

namespace Tangelo.Catalog.Model;

/// <summary>
/// A live column of a distributed table's shell. <paramref name="Number"/> is its attnum on the coordinator (shards may
/// number theirs otherwise). <paramref name="TypeName"/> is <c>format_type</c>'s, schema-qualified where needed.
/// </summary>
public sealed record TableColumn(
    string Name,
    short Number,
    Oid Type,
    int TypeModifier,
    string TypeName,
    bool NotNull,
    string? Default,
    ColumnDefaultKind DefaultKind)
{
    /// <summary>The collation when it is not the default one of the type (qualified, quoted where needed); else null.</summary>
    public string? Collation { get; init; }

    /// <summary>True for GENERATED ALWAYS AS IDENTITY: a statement may give a value only with OVERRIDING SYSTEM VALUE.</summary>
    public bool IsIdentityAlways { get; init; }

    /// <summary>True for either kind of identity column.</summary>
    public bool IsIdentity { get; init; }

    /// <summary>True when nobody may give a value: a generated column.</summary>
    public bool IsGenerated => DefaultKind == ColumnDefaultKind.Generated;
}

/// <summary>Where the default of a column has to be computed.</summary>
public enum ColumnDefaultKind
{
    /// <summary>No default: NULL.</summary>
    None,

    /// <summary>The shard has the same default and may compute it.</summary>
    OnShard,

    /// <summary>A sequence (serial, identity): only the coordinator may compute it; the shard has no default.</summary>
    OnCoordinator,

    /// <summary>GENERATED ALWAYS AS ... STORED: the shard computes it, no value may be given.</summary>
    Generated,
}
