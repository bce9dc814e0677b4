using PgQuery;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// By which columns the rows of tables can be dealt out to shards so that a join finds its partners on each shard: to those of tables that stay, by
/// what is compared with their distribution column, or all of them by a column that is compared in all of them. It goes by the conditions wherever they
/// stand; whether the join is then right on each shard is found out when it is planned.
/// </summary>
internal sealed class SplitKeys
{
    private const int MostParts = 256;

    private readonly List<HashSet<(TableUse Use, string Column)>> _classes = [];

    internal SplitKeys(StatementModel model)
    {
        foreach (var list in model.Conditions)
        {
            foreach (var term in list.Terms)
                Read(term, list.Block, model);
        }

        foreach (var (left, right, column) in model.Using)
            Tie(NameResolver.OriginOf(left, column), NameResolver.OriginOf(right, column));
    }

    /// <summary>For tables that may be moved, the column that goes with the distribution column of those that stay.</summary>
    internal Dictionary<int, string> Beside(IReadOnlyCollection<int> kept)
    {
        var found = new Dictionary<int, string>();
        foreach (var tied in _classes)
        {
            if (!tied.Any(m => kept.Contains(m.Use.Index) && m.Use.Table.DistributionColumn?.Name == m.Column && CanBeSplit(m.Use.Table)))
                continue;
            foreach (var (use, column) in tied.Where(m => !kept.Contains(m.Use.Index)))
                found.TryAdd(use.Index, column);
        }

        return found;
    }

    /// <summary>For each column that several tables have in common, those tables with their names of it.</summary>
    internal IEnumerable<Dictionary<int, string>> Common() => _classes
        .Select(c => c.GroupBy(m => m.Use.Index).ToDictionary(g => g.Key, g => g.First().Column))
        .Where(c => c.Count > 1);

    private static bool CanBeSplit(DistributedTable table) => table.Method == DistributionMethod.Hash && table.Shards.Length <= MostParts;

    private void Read(Node term, QueryBlock block, StatementModel model)
    {
        if (term.AExpr is { Kind: A_Expr_Kind.AexprOp, Name: [{ String.Sval: "=" }], Lexpr.ColumnRef: { } left, Rexpr.ColumnRef: { } right })
            Tie(NameResolver.OriginOf(left, block), NameResolver.OriginOf(right, block));
        if (term.SubLink is { SubLinkType: SubLinkType.AnySublink, Testexpr.ColumnRef: { } tested, Subselect.SelectStmt: { TargetList: [{ ResTarget.Val.ColumnRef: { } given }] } query }
            && model.Blocks.Find(b => ReferenceEquals(b.Select, query)) is { } inner)
            Tie(NameResolver.OriginOf(tested, block), NameResolver.OriginOf(given, inner));
    }

    // Values are dealt out by the hash of their type: of some other types, an equal value has another one.
    private void Tie((TableUse Use, string Column)? left, (TableUse Use, string Column)? right)
    {
        if (left is not { } first || right is not { } second || first.Use == second.Use)
            return;
        if (first.Use.Table.FindColumn(first.Column)?.Type is not { } type || second.Use.Table.FindColumn(second.Column)?.Type is not { } other
            || !PgTypes.HashAlike(type, other) || KeyHashers.For(type) is null)
            return;
        var tied = _classes.Where(c => c.Contains(first) || c.Contains(second)).ToList();
        _classes.RemoveAll(tied.Contains);
        _classes.Add([.. tied.SelectMany(c => c), first, second]);
    }
}
