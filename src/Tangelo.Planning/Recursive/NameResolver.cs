using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>Which table of the cluster a column reference means, where that is sure.</summary>
internal sealed class NameResolver(StatementModel model)
{
    /// <summary>The use of a table whose column <paramref name="reference"/> is, read in <paramref name="block"/>; null when it is not sure.</summary>
    internal static TableUse? OwnerOf(ColumnRef reference, QueryBlock block)
    {
        if (Names(reference) is not { } names)
            return null;
        for (var scope = block; scope is not null; scope = scope.Outer)
        {
            var found = names.Count == 1
                ? scope.Entries.Where(e => e.Columns?.Contains(names[0]) == true).ToList()
                : scope.Entries.Where(e => e.Name == names[^2]).ToList();
            if (found.Count > 0)
                return found.Count == 1 && found[0].Columns?.Contains(names[^1]) == true ? found[0].Table : null;
            if (names.Count == 1 && scope.Entries.Exists(e => e.Columns is null || e.Name == names[0]))
                return null;
        }

        return null;
    }

    /// <summary>True when all names in the block and below it mean something inside of it.</summary>
    internal bool IsSelfContained(QueryBlock root) => root.Outer is null || model.Blocks.Where(b => b.IsWithin(root)).All(b => IsContained(b, root));

    private static bool IsContained(QueryBlock block, QueryBlock root)
    {
        // ORDER BY of a set operation names output columns only.
        if (block.Select.Op != SetOperation.SetopNone)
            return true;
        var outputs = block.Select.TargetList.Select(t => t.ResTarget.Name).ToHashSet();
        return Syntax.OfLevel<ColumnRef>(Syntax.Expressions(block.Select).Concat(block.Select.ValuesLists).Concat(Syntax.FromExpressions(block.Select.FromClause)))
            .TrueForAll(r => IsContained(r, block, root, outputs));
    }

    private static bool IsContained(ColumnRef reference, QueryBlock block, QueryBlock root, HashSet<string> outputs)
    {
        var fields = reference.Fields;
        if (fields.Count == 1 && fields[0].NodeCase == Node.NodeOneofCase.AStar)
            return true;
        var qualifier = fields.Count > 1 ? fields[^2].String?.Sval : null;
        var name = fields[^1].String?.Sval;
        for (var scope = block; scope is not null; scope = ReferenceEquals(scope, root) ? null : scope.Outer)
        {
            if (qualifier is not null ? scope.Entries.Exists(e => e.Name == qualifier) : scope.Entries.Exists(e => e.Columns?.Contains(name!) == true || e.Name == name))
                return true;
            if (qualifier is null && scope.Entries.Exists(e => e.Columns is null))
                return false;
        }

        return qualifier is null && name is not null && outputs.Contains(name);
    }

    private static List<string>? Names(ColumnRef reference) =>
        reference.Fields.Count is 1 or 2 && reference.Fields.All(f => f.NodeCase == Node.NodeOneofCase.String)
            ? [.. reference.Fields.Select(f => f.String.Sval)]
            : null;
}
