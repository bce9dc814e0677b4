using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>INSERT ... VALUES and DEFAULT VALUES: each row goes to its shard with its expressions as they are.</summary>
internal static class InsertValuesPlanner
{
    internal static PlanResult Plan(PlanContext context, InsertStmt insert, DistributedTable table, SelectStmt? values)
    {
        List<IReadOnlyList<Node>> rows = values is null ? [[]] : [.. values.ValuesLists.Select(v => (IReadOnlyList<Node>)v.List.Items)];
        if (InsertTarget.Of(insert, table, rows[0].Count) is not { } target)
            return Rejection.Unsupported("columns with subscripts are not distributed");
        if (rows.Exists(r => r.Count != target.Columns.Length))
            return Rejection.Unsupported("the rows have different numbers of values");
        for (var i = 0; i < target.Columns.Length; i++)
        {
            if (rows.Exists(r => !InsertTarget.IsDefault(r[i])))
                InsertTarget.RefuseIdentityValue(insert, target.Columns[i]);
        }

        if (WhyComputed(context, target, rows) is { } why)
            return ComputedRowsPlanner.Plan(context, insert, target, rows, why);
        if (table.Method == DistributionMethod.SingleShard)
            return PlanSole(context, insert, target, rows, values is null);
        return PlanAsWritten(context, insert, target, rows);
    }

    // Why the values must be computed before the rows can be sent, or null.
    private static string? WhyComputed(PlanContext context, InsertTarget target, List<IReadOnlyList<Node>> rows)
    {
        var replicated = target.Table.IsReplicated;
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Count; i++)
            {
                var value = row[i];
                if (value.NodeCase is Node.NodeOneofCase.AConst or Node.NodeOneofCase.ParamRef or Node.NodeOneofCase.SetToDefault && i != target.KeyIndex)
                    continue;
                if (i == target.KeyIndex && !InsertTarget.IsDefault(value)
                    && context.Analyzer.Operands.Read(value, target.Columns[i].Type) is null)
                    return "the distribution key is an expression";
                var facts = StatementFacts.Of(context.Request, value, context.Analyzer.Functions);
                if (facts.WhyCoordinator is { } why)
                    return why;
                if (Syntax.OfLevel<SubLink>([value]).Count > 0)
                    return "a subquery in VALUES";
                if (replicated && facts.Unsteady is { } unsteady)
                    return $"{unsteady} may differ from copy to copy";
            }
        }

        // A column that only some rows leave to a default of the coordinator's.
        for (var i = 0; i < target.Columns.Length; i++)
        {
            if (target.IsForCoordinator(target.Columns[i], replicated)
                && rows.Exists(r => InsertTarget.IsDefault(r[i])) && rows.Exists(r => !InsertTarget.IsDefault(r[i])))
                return $"only some rows give a value for {target.Columns[i].Name}";
        }

        return null;
    }

    private static PlanResult PlanSole(
        PlanContext context, InsertStmt insert, InsertTarget target, List<IReadOnlyList<Node>> rows, bool defaultsOnly) =>
        target.MissingDefaults().IsEmpty && !defaultsOnly && !rows.Exists(r => HasCoordinatorDefault(target, r))
            ? context.OnShards(new FixedShards(target.Table, [0]), StatementKind.Insert)
            : ComputedRowsPlanner.Plan(context, insert, target, rows, "a default of the coordinator");

    private static bool HasCoordinatorDefault(InsertTarget target, IReadOnlyList<Node> row) =>
        row.Where((v, i) => InsertTarget.IsDefault(v) && target.IsForCoordinator(target.Columns[i], target.Table.IsReplicated)).Any();

    private static PlanResult PlanAsWritten(PlanContext context, InsertStmt insert, InsertTarget target, List<IReadOnlyList<Node>> rows)
    {
        var replicated = target.Table.IsReplicated;
        var dropped = new HashSet<int>();
        for (var i = 0; i < target.Columns.Length; i++)
        {
            if (InsertTarget.IsDefault(rows[0][i]) && target.IsForCoordinator(target.Columns[i], replicated))
                dropped.Add(i);
        }

        var given = target.Without(dropped);
        var defaults = given.MissingDefaults();
        var keyDefault = target.Table.IsReference ? -1 : IndexOf(defaults, target.Table.DistributionColumn!.Name);
        var inserted = ImmutableArray.CreateBuilder<InsertRow>(rows.Count);
        foreach (var row in rows)
        {
            var key = KeyOf(context, target, row, keyDefault);
            if (rows.Count == 1 && defaults.IsEmpty)
                return context.OnShards(SelectionFor(target.Table, key), StatementKind.Insert);
            var texts = row.Where((_, i) => !dropped.Contains(i)).Select(ValueTexts.Of).ToList();
            if (texts.Contains(null))
                return ComputedRowsPlanner.Plan(context, insert, target, rows, "a value cannot be rewritten");
            inserted.Add(new InsertRow(string.Join(", ", texts), key, keyDefault));
        }

        var columns = given.Columns.Select(c => c.Name).Concat(defaults.Select(d => d.Column));
        return InsertFrames.ForValues(context, insert, columns) is { } frame
            ? new MultiRowInsertPlan(frame, target.Table, inserted.ToImmutable(), defaults, insert.ReturningList.Count > 0) { HasOnConflict = insert.OnConflictClause is not null }
            : Rejection.Unsupported("the statement's text cannot be rewritten for shards");
    }

    private static KeyOperand? KeyOf(PlanContext context, InsertTarget target, IReadOnlyList<Node> row, int keyDefault)
    {
        if (target.Table.IsReference || keyDefault >= 0)
            return null;
        // Where the column is NOT NULL, a shard says so and shows the row.
        return target.KeyIndex < 0 || InsertTarget.IsDefault(row[target.KeyIndex])
            ? new LiteralKey(null)
            : context.Analyzer.Operands.Read(row[target.KeyIndex], target.Columns[target.KeyIndex].Type)!;
    }

    private static ShardSelection SelectionFor(DistributedTable table, KeyOperand? key) =>
        key is null ? new ReferenceShard(table) : new KeyShards(table, [key]);

    private static int IndexOf(ImmutableArray<CoordinatorDefault> defaults, string column)
    {
        for (var i = 0; i < defaults.Length; i++)
        {
            if (defaults[i].Column == column)
                return i;
        }

        return -1;
    }
}
