using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Router;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>INSERT ... SELECT: on the shards when every row stays on the shard it comes from, otherwise by way of the router.</summary>
internal static class InsertSelectPlanner
{
    internal static PlanResult Plan(PlanContext context, InsertStmt insert, DistributedTable table, SelectStmt select)
    {
        var source = WithOuterTables(insert, select);
        if (source is null)
            return Rejection.Unsupported("WITH on both INSERT and its SELECT is not distributed");
        var block = context.Analyzer.AnalyzeSelect(source, null, CommonTables.None);
        if (block.Outputs is not { } outputs)
            return Rejection.Unsupported("the columns of the SELECT are not known");
        if (InsertTarget.Of(insert, table, outputs.Count) is not { } target || target.Columns.Length != outputs.Count)
            return Rejection.Unsupported("the SELECT gives another number of columns");
        foreach (var column in target.Columns)
            InsertTarget.RefuseIdentityValue(insert, column);

        if (context.Facts.WhyCoordinator is null && target.MissingDefaults().IsEmpty && Shards(context, target, block) is { } shards
            && context.OnShards(shards, StatementKind.Insert) is { Plan: not null } onShards)
            return onShards;
        return RowsPlanner.Plan(
            context, insert, target, new Node { SelectStmt = Typed(source, target) }, block.Locus.Why ?? "the rows change their shard");
    }

    // The shards on which the statement can run as it is, or null.
    private static ShardSelection? Shards(PlanContext context, InsertTarget target, BlockAnalysis block)
    {
        var table = target.Table;
        if (table.IsReference)
        {
            return !block.Locus.IsSharded && block.Locus.IsUnion && block.Locus.Reference is not null && context.Facts.Unsteady is null
                ? new ReferenceShard(table)
                : null;
        }

        if (block.Locus.IsImpossible || !block.Locus.IsSharded || !Locus.Colocated(table, block.Locus.Anchor!)
            || table.IsReplicated)
            return null;
        if (table.Method == DistributionMethod.SingleShard)
            return ShardSelections.Single(block.Locus);
        if (target.KeyIndex < 0 || table.Method != DistributionMethod.Hash)
            return null;

        var key = block.Outputs![target.KeyIndex];
        var isKey = key.Source is { } column && block.Locus.Keys.Contains(column) && column.Type == table.DistributionColumn!.Type;
        if (block.Locus.IsUnion && isKey)
            return ShardSelections.Single(block.Locus) ?? ShardSelections.Several(block.Locus);
        var constant = key.Expression is { } expression ? context.Analyzer.Operands.Read(expression, table.DistributionColumn!.Type) : null;
        return constant is not (null or LiteralKey { Text: null }) && block.Locus.Pins.Contains(new KeyPin(constant))
            ? ShardSelections.Single(block.Locus)
            : null;
    }

    private static SelectStmt? WithOuterTables(InsertStmt insert, SelectStmt select)
    {
        if (insert.WithClause is null)
            return select;
        if (select.WithClause is not null)
            return null;
        var copy = select.Clone();
        copy.WithClause = insert.WithClause.Clone();
        return copy;
    }

    // In INSERT ... SELECT 'x' the literal takes the column's type; in a SELECT by itself it would be text.
    private static SelectStmt Typed(SelectStmt select, InsertTarget target)
    {
        var stars = select.TargetList.Count(Syntax.IsStar);
        var starWidth = target.Columns.Length - (select.TargetList.Count - stars);
        if (select.Op != SetOperation.SetopNone || stars > 1 || starWidth < 0 || (stars == 0 && starWidth > 0))
            return select;
        var copy = select.Clone();
        var column = 0;
        foreach (var item in copy.TargetList)
        {
            if (Syntax.IsStar(item))
                column += starWidth;
            else
                item.ResTarget.Val = Casts.ToColumn(item.ResTarget.Val, target.Columns[column++]);
        }

        return copy;
    }
}
