using System.Collections.Immutable;
using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>A FROM clause, resolved. <paramref name="Items"/> is what it lets expressions name.</summary>
internal abstract record FromNode(ImmutableArray<NamespaceItem> Items);

/// <summary>A table, subquery, CTE reference or function.</summary>
internal sealed record FromLeaf(ImmutableArray<NamespaceItem> Items, Locus Locus) : FromNode(Items);

/// <summary>
/// A join. <paramref name="Equal"/> are the pairs that USING or NATURAL compare; <paramref name="Merged"/> the new columns of a FULL
/// JOIN for them. <paramref name="OnScope"/> is where <paramref name="On"/> is read.
/// </summary>
internal sealed record FromJoin(
    ImmutableArray<NamespaceItem> Items,
    JoinType Type,
    FromNode Left,
    FromNode Right,
    Node? On,
    Scope OnScope,
    ImmutableArray<(EntryColumn Left, EntryColumn Right)> Equal,
    ImmutableArray<EntryColumn> Merged) : FromNode(Items);
