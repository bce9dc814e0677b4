using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Recursive;
using Tangelo.Planning.Router;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.PushDown;

/// <summary>UPDATE and DELETE: on one shard, on every shard, or on every copy of a reference table.</summary>
internal static class ModifyPlanner
{
    internal static PlanResult Plan(PlanContext context, UpdateStmt update)
    {
        if (context.TableOf(update.Relation) is not { } table)
            return Rejection.Unsupported("the target is not distributed");
        return PlanOnShards(context, update, table) switch
        {
            { Rejection: { Moves: null } rejection } => InParts(context, table, update.Relation, rejection, r => RowsFirstPlanner.Plan(context, table, update, r)),
            var planned => planned,
        };
    }

    internal static PlanResult Plan(PlanContext context, DeleteStmt delete)
    {
        if (context.TableOf(delete.Relation) is not { } table)
            return Rejection.Unsupported("the target is not distributed");
        return PlanOnShards(context, delete, table) switch
        {
            { Rejection: { } rejection } => InParts(context, table, delete.Relation, rejection, r => RowsFirstPlanner.Plan(context, table, delete, r)),
            var planned => planned,
        };
    }

    /// <summary>An UPDATE or DELETE that runs on the shards as it is, or why not.</summary>
    internal static PlanResult PlanOnShards(PlanContext context) => context.Tree switch
    {
        { UpdateStmt: { } update } when context.TableOf(update.Relation) is { } table => PlanOnShards(context, update, table),
        { DeleteStmt: { } delete } when context.TableOf(delete.Relation) is { } table => PlanOnShards(context, delete, table),
        _ => Rejection.Unsupported("the target is not distributed"),
    };

    // What it reads becomes intermediate results, or its own rows do.
    private static PlanResult InParts(PlanContext context, DistributedTable table, RangeVar target, Rejection rejection, Func<Rejection, PlanResult> rowsFirst)
    {
        if (!table.IsReplicated && RecursivePlanner.PlanWrite(context, rejection) is { Plan: not null } parts)
            return parts;
        return table.IsReplicated || SelfReading.ForEachRow(context, target) || StableCalls.ReadForEachRow(context, table) ? rowsFirst(rejection) : rejection;
    }

    private static PlanResult PlanOnShards(PlanContext context, UpdateStmt update, DistributedTable table)
    {
        var block = context.Analyzer.AnalyzeUpdate(update, CommonTables.None);
        if (table.IsByValue)
            ByValueWrites.RefuseNewKey(update, table);
        if (GivesNewKey(context, update, table, block))
            return Rejection.Unsupported("rows move to other shards") with { Moves = table };
        return CoordinatorDefaults.WhyNotOnShards(table, update.TargetList) is { } why
            ? Rejection.Unsupported(why)
            : Plan(context, block, table, StatementKind.Update, update.FromClause.Count > 0, update.WithClause is not null);
    }

    private static PlanResult PlanOnShards(PlanContext context, DeleteStmt delete, DistributedTable table)
    {
        var block = context.Analyzer.AnalyzeDelete(delete, CommonTables.None);
        return Plan(context, block, table, StatementKind.Delete, delete.UsingClause.Count > 0, delete.WithClause is not null);
    }

    private static PlanResult Plan(
        PlanContext context, BlockAnalysis block, DistributedTable table, StatementKind kind, bool joins, bool hasWith)
    {
        if (context.Facts.WhyCoordinator is { } why)
            return Rejection.Unsupported(why);
        var rows = block.From;
        if (rows.IsImpossible)
            return Rejection.Unsupported(rows.Why!);
        if (table.IsReplicated && context.Facts.Unsteady is { } unsteady)
            return Rejection.Unsupported($"{unsteady} may differ from copy to copy");
        if (table.IsReference)
            return PlanReference(context, rows, table, kind, joins, hasWith);
        if (table.IsReplicated && (joins || hasWith || TreeWalker.Any(context.Tree, m => m is SubLink)))
            return Rejection.Unsupported("what a write reads besides its own rows may differ from copy to copy");

        if (ShardSelections.Single(rows) is { } shard)
            return context.OnShards(shard, kind);
        if (hasWith)
            return Rejection.Unsupported("WITH on a write to several shards is not distributed");
        return rows.IsUnion
            ? context.OnShards(ShardSelections.Several(rows), kind)
            : Rejection.Unsupported(rows.Why!);
    }

    // Every copy must come out the same, so nothing may depend on the order of rows.
    private static PlanResult PlanReference(
        PlanContext context, Locus rows, DistributedTable table, StatementKind kind, bool joins, bool hasWith)
    {
        if (rows.IsSharded)
            return Rejection.Unsupported("a write to a reference table that reads distributed tables is not distributed");
        if (!rows.IsUnion || joins || hasWith)
            return Rejection.Unsupported(rows.Why ?? "a write to a reference table with a join may differ from copy to copy");
        return context.OnShards(new ReferenceShard(table), kind);
    }

    private static bool GivesNewKey(PlanContext context, UpdateStmt update, DistributedTable table, BlockAnalysis block) =>
        table.DistributionColumn is { } key
        && update.TargetList.Select(t => t.ResTarget).Any(t => t.Name == key.Name && !KeepsKey(context, t.Val, key, block, update.Relation));

    // SET id = id, or to the value that WHERE asks for.
    private static bool KeepsKey(PlanContext context, Node? value, TableColumn key, BlockAnalysis block, RangeVar target)
    {
        if (value is null)
            return false;
        if (value.NodeCase == Node.NodeOneofCase.ColumnRef
            && block.Scope.Resolve(value.ColumnRef) is { Kind: ReferenceKind.Column, Item: { } item, Column: { } column })
            return column.Name == key.Name && item.Name == target.NameInQuery();
        return context.Analyzer.Operands.Read(value, key.Type) is { } operand and not LiteralKey { Text: null }
            && block.From.Pins.Contains(new KeyPin(operand));
    }
}
