using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Recursive;
using Tangelo.Planning.Texts;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Locking;

/// <summary>
/// SELECT ... FROM table ... LIMIT n FOR UPDATE, with SKIP LOCKED or NOWAIT or without; also of a join of tables, whose rows are known by the
/// places of all of them together.
/// </summary>
internal static class LimitedLocks
{
    private const string ShardColumn = "tangelo_shard";
    private const string RowColumn = "tangelo_row";
    private const string IndexMarker = "tangelo_index_of_the_shard";

    /// <param name="context">Of the statement.</param>
    /// <param name="block">Its only block.</param>
    /// <param name="ranges">The tables of FROM, a locked one first.</param>
    internal static PlanResult Plan(PlanContext context, BlockAnalysis block, IReadOnlyList<RangeVar> ranges)
    {
        var select = block.Select;
        var table = context.TableOf(ranges[0])!;
        if (select.LimitOption == LimitOption.WithTies)
            return Rejection.Unsupported("WITH TIES with row locks is computed by the coordinator");
        if (context.Facts.Unsteady is { } unsteady)
            return Rejection.Unsupported($"{unsteady} would be computed once to find a row and once to lock it");
        if (!TryRead(select.LimitCount, out var limit) || !TryRead(select.LimitOffset, out var offset))
            return Rejection.Unsupported("LIMIT with an expression is computed by the coordinator");

        var place = ranges.Select(r => Place(context, r)).Aggregate((one, next) => Trees.Operator("||", Trees.Operator("||", one, Trees.Text("/")), next));
        if (Candidates(context, block, place) is not { } candidates || Lock(context, select, ranges[0].NameInQuery(), place) is not { } query)
            return Rejection.Unsupported("the statement's text cannot be rewritten to find rows before they are locked");
        return new LockedRowsPlan(
            candidates, query, table, limit, offset, select.LockingClause.Any(l => l.LockingClause.WaitPolicy == LockWaitPolicy.LockWaitSkip));
    }

    // Where the row of one table is: its ctid, with the partition. Empty for the missing side of an outer join.
    private static Node Place(PlanContext context, RangeVar range)
    {
        var ctid = Casts.To(Trees.Column(range.NameInQuery(), "ctid"), "pg_catalog.text");
        var own = context.TableOf(range)!.IsPartitioned
            ? Trees.Operator("||", ctid, Casts.To(Casts.To(Trees.Column(range.NameInQuery(), "tableoid"), "pg_catalog.oid"), "pg_catalog.text"))
            : ctid;
        return Trees.Coalesce(own, Trees.Text(""));
    }

    /// <summary>A LIMIT or OFFSET that is known before anything has run; null for none.</summary>
    internal static bool TryRead(Node? count, out KeyOperand? operand)
    {
        operand = null;
        switch (count)
        {
            case null or { AConst.Isnull: true }:
                return true;
            case { ParamRef: { } parameter }:
                operand = new ParameterKey(parameter.Number);
                return true;
            case { TypeCast: { Arg.ParamRef: { } typed } cast } when TypeNames.BuiltIn(cast.TypeName) is "int8" or "bigint" or "int4" or "integer":
                operand = new ParameterKey(typed.Number);
                return true;
            default:
                operand = Syntax.IsOrdinal(count, out var number) ? new LiteralKey(number.ToString(System.Globalization.CultureInfo.InvariantCulture)) : null;
                return operand is not null;
        }
    }

    // SELECT shard, place FROM table WHERE ... AND this row has not had its turn ORDER BY ... LIMIT rows still wanted
    private static CombinePlan? Candidates(PlanContext context, BlockAnalysis block, Node place)
    {
        var select = block.Select.Clone();
        var names = block.Outputs?.Select(o => o.Name).ToList();
        foreach (var clause in select.SortClause.ToList())
        {
            // Another target list comes: what the item means in this one is written out.
            var sort = clause.SortBy;
            var position = names is null ? -1 : SortItems.OutputPosition(sort.Node, names);
            if (position < 0 && (names is null || Syntax.IsOrdinal(sort.Node, out _)))
                return null;
            if (position < 0)
                continue;
            if (block.Outputs![position].Expression is { AConst: not null })
                select.SortClause.Remove(clause);
            else if (block.Outputs[position].Expression is { } expression)
                sort.Node = expression.Clone();
            else if (block.Outputs[position].Source is { } column
                && block.Scope.Items.FirstOrDefault(i => i.NameVisible && (i.Columns?.Any(c => ReferenceEquals(c.Column, column)) ?? false)) is { } item)
                sort.Node = Trees.Column(item.Name, column.Name);
            else
                return null;
        }

        var first = context.Request.ParameterTypes.Length + 1;
        select.LockingClause.Clear();
        select.TargetList.Clear();
        select.TargetList.Add(Trees.Target(Trees.Text(IndexMarker), ShardColumn));
        select.TargetList.Add(Trees.Target(place.Clone(), RowColumn));
        select.LimitCount = SqlParser.ParseExpression($"${first}::pg_catalog.int8");
        select.LimitOption = LimitOption.Count;
        select.LimitOffset = null;
        var own = Trees.Operator("||", Trees.Text($"{IndexMarker}:"), place.Clone());
        select.WhereClause = ConditionList.And(select.WhereClause, Trees.NotAmong(own, SqlParser.ParseExpression($"${first + 1}::pg_catalog.text[]")));

        var inner = new PlanContext(context.Request with
        {
            ParameterTypes = [.. context.Request.ParameterTypes, .. LockedRowsPlan.CandidateTypes],
            ResultColumns = [],
        });
        var rows = inner.Analyzer.AnalyzeSelect(select, null, CommonTables.None);
        return SortedRows.Plan(inner, rows, [ShardColumn, RowColumn]).Plan is CombinePlan plan
            ? plan with { Inner = plan.Inner with { Query = WithIndex(plan.Inner.Query) } }
            : null;
    }

    // SELECT ..., place FROM table WHERE ... AND ctid = ANY (...) AND place = ANY (the rows) FOR UPDATE
    private static ShardQuery? Lock(PlanContext context, SelectStmt select, string name, Node place)
    {
        var copy = select.Clone();
        copy.SortClause.Clear();
        copy.LimitCount = null;
        copy.LimitOffset = null;
        copy.LimitOption = LimitOption.Default;
        copy.TargetList.Add(Trees.Target(place.Clone(), RowColumn));
        var first = context.Request.ParameterTypes.Length + 1;
        copy.WhereClause = ConditionList.And(copy.WhereClause, Trees.Among(Trees.Column(name, "ctid"), SqlParser.ParseExpression($"${first}::pg_catalog.tid[]")));
        copy.WhereClause = ConditionList.And(copy.WhereClause, Trees.Among(place.Clone(), SqlParser.ParseExpression($"${first + 1}::pg_catalog.text[]")));
        return context.Texts.TryDeparse(new Node { SelectStmt = copy }, out var query) ? query : null;
    }

    private static ShardQuery WithIndex(ShardQuery query) =>
        new(query.Parts.SelectMany(p => p is TextPart text ? IndexMarks.Cut(text.Text, IndexMarker) : [p]));
}
