using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Locking;

/// <summary>SELECT ... FROM table ... LIMIT n FOR UPDATE, with SKIP LOCKED or NOWAIT or without.</summary>
internal static class LimitedLocks
{
    private const string ShardColumn = "tangelo_shard";
    private const string RowColumn = "tangelo_row";
    private const string IndexMarker = "tangelo_index_of_the_shard";

    internal static PlanResult Plan(PlanContext context, BlockAnalysis block, RangeVar range)
    {
        var select = block.Select;
        var table = context.TableOf(range)!;
        if (table.IsPartitioned)
            return Rejection.Unsupported("LIMIT over row locks of a partitioned table is computed by the coordinator");
        if (select.LimitOption == LimitOption.WithTies)
            return Rejection.Unsupported("WITH TIES with row locks is computed by the coordinator");
        if (context.Facts.Unsteady is { } unsteady)
            return Rejection.Unsupported($"{unsteady} would be computed once to find a row and once to lock it");
        if (!TryRead(select.LimitCount, out var limit) || !TryRead(select.LimitOffset, out var offset))
            return Rejection.Unsupported("LIMIT with an expression is computed by the coordinator");

        var name = range.Alias?.Aliasname ?? range.Relname;
        if (Candidates(context, block, name) is not { } candidates || Lock(context, select, name) is not { } query)
            return Rejection.Unsupported("the statement's text cannot be rewritten to find rows before they are locked");
        return new LockedRowsPlan(
            candidates, query, table, limit, offset, select.LockingClause.Any(l => l.LockingClause.WaitPolicy == LockWaitPolicy.LockWaitSkip));
    }

    private static bool TryRead(Node? count, out KeyOperand? operand)
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

    // SELECT shard, ctid FROM table WHERE ... AND this row has not had its turn ORDER BY ... LIMIT rows still wanted
    private static CombinePlan? Candidates(PlanContext context, BlockAnalysis block, string name)
    {
        var select = block.Select.Clone();
        var names = block.Outputs?.Select(o => o.Name).ToList();
        foreach (var sort in select.SortClause.Select(s => s.SortBy))
        {
            // Another target list comes: what the item means in this one is written out.
            var position = names is null ? -1 : SortItems.OutputPosition(sort.Node, names);
            if (position < 0 && (names is null || Syntax.IsOrdinal(sort.Node, out _)))
                return null;
            if (position < 0)
                continue;
            if (block.Outputs![position].Expression is { } expression)
                sort.Node = expression.Clone();
            else if (block.Outputs[position].Source is { } column)
                sort.Node = Trees.Column(name, column.Name);
            else
                return null;
        }

        var first = context.Request.ParameterTypes.Length + 1;
        select.LockingClause.Clear();
        select.TargetList.Clear();
        select.TargetList.Add(Trees.Target(Expression($"'{IndexMarker}'"), ShardColumn));
        select.TargetList.Add(Trees.Target(Casts.To(Trees.Column(name, "ctid"), "pg_catalog.text"), RowColumn));
        select.LimitCount = Expression($"${first}::pg_catalog.int8");
        select.LimitOption = LimitOption.Count;
        select.LimitOffset = null;
        var own = Trees.Operator("||", Expression($"'{IndexMarker}:'"), Casts.To(Trees.Column(name, "ctid"), "pg_catalog.text"));
        var turn = new A_Expr { Kind = A_Expr_Kind.AexprOpAll, Lexpr = own, Rexpr = Expression($"${first + 1}::pg_catalog.text[]") };
        turn.Name.Add(Trees.Name("<>"));
        AddCondition(select, new Node { AExpr = turn });

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

    // SELECT ..., ctid FROM table WHERE ... AND ctid = ANY (the rows) FOR UPDATE
    private static ShardQuery? Lock(PlanContext context, SelectStmt select, string name)
    {
        var copy = select.Clone();
        copy.SortClause.Clear();
        copy.LimitCount = null;
        copy.LimitOffset = null;
        copy.LimitOption = LimitOption.Default;
        copy.TargetList.Add(Trees.Target(Casts.To(Trees.Column(name, "ctid"), "pg_catalog.text"), RowColumn));
        var rows = new A_Expr { Kind = A_Expr_Kind.AexprOpAny, Lexpr = Trees.Column(name, "ctid"), Rexpr = Expression($"${context.Request.ParameterTypes.Length + 1}::pg_catalog.tid[]") };
        rows.Name.Add(Trees.Name("="));
        AddCondition(copy, new Node { AExpr = rows });
        return context.Texts.TryDeparse(new Node { SelectStmt = copy }, out var query) ? query : null;
    }

    private static void AddCondition(SelectStmt select, Node condition)
    {
        if (select.WhereClause is null)
        {
            select.WhereClause = condition;
            return;
        }

        var all = new BoolExpr { Boolop = BoolExprType.AndExpr };
        if (select.WhereClause.BoolExpr is { Boolop: BoolExprType.AndExpr } terms)
            all.Args.Add(terms.Args);
        else
            all.Args.Add(select.WhereClause);
        all.Args.Add(condition);
        select.WhereClause = new Node { BoolExpr = all };
    }

    private static ShardQuery WithIndex(ShardQuery query)
    {
        var parts = new List<ShardQueryPart>();
        foreach (var part in query.Parts)
        {
            if (part is not TextPart text)
            {
                parts.Add(part);
                continue;
            }

            var pieces = text.Text.Split(IndexMarker);
            for (var i = 0; i < pieces.Length; i++)
            {
                if (i > 0)
                    parts.Add(new ShardIndexPart());
                parts.Add(new TextPart(pieces[i]));
            }
        }

        return new ShardQuery(parts);
    }

    private static Node Expression(string sql) => ComputedRowsPlanner.Expression(sql);
}
