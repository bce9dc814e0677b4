using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Recursive;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Calls;

/// <summary>
/// Finds out whether a function stays within the shards that belong to its distribution argument: every statement is planned as if it had come by itself, with
/// parameters for variables, and has to come out as one for the shard of that argument, or has to be able to run anywhere.
/// </summary>
internal sealed class BodyAnalysis(PlanRequest request, DistributedFunction function, FunctionVariables variables, int key)
{
    /// <summary>The distributed table that tells the shard; null while no statement has touched one.</summary>
    internal DistributedTable? Anchor { get; private set; }

    /// <summary>True when the statement, of the body, runs on the shard's node as it would anywhere.</summary>
    internal bool StaysOnShard(BodyStatement statement)
    {
        var tree = statement.Parsed.Tree;
        if (!(tree.SelectStmt is not null || tree.InsertStmt is not null || tree.UpdateStmt is not null || tree.DeleteStmt is not null)
            || TreeWalker.Any(tree, m => m is IntoClause or InferClause { Conname.Length: > 0 }))
            return false;
        var references = RelationReferences.Collect(tree);
        if (references.Any(r => TableOf(r) is null) || variables.Replace(statement.Parsed, ColumnsOf) is not { } replaced)
            return false;

        // An error is told in a name that only the coordinator can give back.
        if (TreeWalker.Any(tree, m => m is ColumnRef { Fields: [{ NodeCase: Node.NodeOneofCase.String } name, ..] } && name.String.Sval == "sqlerrm"))
            return false;
        var part = request with { ParameterTypes = variables.Types, ResultColumns = [], AsksForStatistics = false, AllowsCalls = false };
        if (references.IsEmpty)
            return CallSite.RunsAnywhere(part, replaced);
        try
        {
            return new PlanContext(part).PlanPart(replaced) switch
            {
                ShardPlan { Shards: KeyShards { Keys: [ParameterKey { Number: var number }] } shards } => number == key && IsOurs(shards.Anchor),
                MultiRowInsertPlan { CoordinatorDefaults.IsEmpty: true } insert => insert.Rows.All(r => r.Key == new ParameterKey(key)) && IsOurs(insert.Table),
                ShardPlan { Shards: ReferenceShard, Writes: false } => !TreeWalker.Any(tree, m => m is LockingClause),
                _ => false,
            };
        }
        catch (Exception e) when (e is PgException or StatisticsNeededException)
        {
            return false;
        }
    }

    /// <summary>The distributed or reference table that a name means, or null.</summary>
    internal DistributedTable? TableOf(RelationReference reference) => TableOf(new RelationName(reference.Schema, reference.Name));

    /// <summary>The distributed or reference table that a name means, or null.</summary>
    internal DistributedTable? TableOf(RelationName name) => request.Relations.TryGetValue(name, out var resolved) ? request.Map.Find(resolved.Oid) : null;

    private IEnumerable<string> ColumnsOf(RelationReference reference) => TableOf(reference)?.Columns.Select(c => c.Name) ?? [];

    private bool IsOurs(DistributedTable table)
    {
        // A type modifier changes a value on its way into the table, but not where it is compared with.
        if (table.Colocation != function.Colocation || table.Method != DistributionMethod.Hash || table.DistributionColumn is not { TypeModifier: < 0 })
            return false;
        Anchor ??= table;
        return true;
    }
}
