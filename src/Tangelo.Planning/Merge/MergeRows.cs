using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Planning.PushDown;
using Tangelo.Planning.ReadFirst;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using MergeAction = Tangelo.Planning.Plans.MergeAction;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Merge;

/// <summary>The query that finds the rows of a MERGE, which of its clauses each row meets, and its new values.</summary>
internal static class MergeRows
{
    private const string Action = "tangelo_action";
    private const string SelectPrefix = "SELECT ";
    private const string FromPrefix = "SELECT FROM ";

    internal static PlanResult Plan(PlanContext context, MergeStmt merge, DistributedTable table, List<MergeWhenClause> clauses, bool overLoopback)
    {
        var columns = table.Columns.Where(c => !c.IsGenerated).OrderBy(c => c.Number).ToImmutableArray();
        ImmutableArray<TableColumn> key = [];
        // The loopback finds the other placements of a row.
        overLoopback |= table.HasCopiesOfShards;
        if (table.IsReference && !overLoopback)
        {
            // Without a key only the loopback finds a row in every copy.
            key = [.. RowsFirstPlanner.KeyOf(context, table.Relation).Select(k => table.FindColumn(k)!)];
            overLoopback = key.IsEmpty;
        }

        var name = merge.Relation.NameInQuery();
        var target = ShardNames.Quote(name);
        var actions = ImmutableArray.CreateBuilder<MergeAction>();
        var conditions = new StringBuilder();
        var values = columns.ToDictionary(c => c.Name, _ => new StringBuilder());
        var assigned = new HashSet<string>();
        foreach (var clause in clauses)
        {
            var condition = clause.Condition is null ? "true" : ValueTexts.Of(clause.Matched ? clause.Condition : OfSource(clause.Condition, merge.SourceRelation));
            if (condition is null)
                return Rejection.Unsupported("a condition of MERGE cannot be rewritten");
            var does = clause.CommandType != CmdType.CmdNothing;
            if (does)
                actions.Add(clause.CommandType switch { CmdType.CmdUpdate => MergeAction.Update, CmdType.CmdDelete => MergeAction.Delete, _ => MergeAction.Insert });
            conditions.Append($" WHEN {target}.ctid IS {(clause.Matched ? "NOT " : "")}NULL AND ({condition}) THEN {(does ? actions.Count.ToString() : "NULL")}");
            if (!TryAssign(clause, merge, table, columns, actions.Count, values, assigned))
                return Rejection.Unsupported("an assignment of MERGE cannot be rewritten");
        }

        if (actions.Count == 0)
            conditions.Append(" WHEN false THEN 0");
        if (Text(new SelectStmt { FromClause = { merge.SourceRelation.Clone() } }) is not { } source
            || ValueTexts.Of(merge.JoinCondition) is not { } on
            || (merge.WithClause is null ? "" : With(merge.WithClause)) is not { } with)
            return Rejection.Unsupported("the source of MERGE cannot be rewritten");

        var relation = merge.Relation.Schemaname.Length == 0 ? ShardNames.Quote(merge.Relation.Relname) : ShardNames.QuoteQualified(merge.Relation.Schemaname, merge.Relation.Relname);
        var identity = key.IsEmpty ? $"{target}.ctid{(table.IsPartitioned ? $", {target}.tableoid" : "")}" : string.Join(", ", key.Select(k => $"{target}.{ShardNames.Quote(k.Name)}"));
        var list = columns.Select(c => Value(c, target, values[c.Name]));
        var sql = $"{with}SELECT {Action}.action, {identity}, {string.Join(", ", list)} FROM {source[FromPrefix.Length..]} "
            + $"{(clauses.Exists(c => !c.Matched) ? "LEFT" : "INNER")} JOIN {relation} AS {target} ON {on} "
            + $"CROSS JOIN LATERAL (SELECT CASE{conditions} END AS action OFFSET 0) AS {Action} WHERE {Action}.action IS NOT NULL";
        if (context.PlanPart(SqlParser.ParseOne(sql).Tree) is not CoordinatorPlan rows)
            return Rejection.Unsupported("the query that finds the rows of MERGE cannot be planned");
        var plan = new MergePlan(rows, table, key, columns, [.. columns.Select(c => c.Name).Where(assigned.Contains)], actions.ToImmutable());
        return overLoopback ? plan with { OverLoopback = LoopbackTexts.Of(MergeChanges.Sql(plan, relation)) } : plan;
    }

    /// <summary>An expression that sees only the source: a bare column name is one of its.</summary>
    internal static Node OfSource(Node expression, Node source)
    {
        var name = source.RangeVar is { } range ? range.NameInQuery() : source.RangeSubselect?.Alias?.Aliasname ?? source.RangeFunction?.Alias?.Aliasname;
        return name is null
            ? expression
            : TreeRewriter.Rewrite(expression, node => node switch
            {
                { SubLink: not null } => node,
                { ColumnRef: { Fields: [{ String: { } column }] } } => Trees.Column(name, column.Sval),
                { ColumnRef: not null } => node,
                _ => null,
            });
    }

    private static string Value(TableColumn column, string target, StringBuilder cases)
    {
        var own = $"{target}.{ShardNames.Quote(column.Name)}";
        return cases.Length == 0 ? own : $"CASE {Action}.action{cases} ELSE {own} END";
    }

    // Adds what a clause makes of each column.
    private static bool TryAssign(
        MergeWhenClause clause, MergeStmt merge, DistributedTable table, ImmutableArray<TableColumn> columns, int action, Dictionary<string, StringBuilder> values, HashSet<string> assigned)
    {
        switch (clause.CommandType)
        {
            case CmdType.CmdUpdate:
                foreach (var item in clause.TargetList.Select(t => t.ResTarget))
                {
                    if (item.Indirection.Count > 0 || table.FindColumn(item.Name) is not { } column || Assigned(item) is not { } value)
                        return false;
                    if (column.IsGenerated)
                        continue;
                    if (TextOf(value, column) is not { } text)
                        return false;
                    values[column.Name].Append($" WHEN {action} THEN {text}");
                    assigned.Add(column.Name);
                }

                return true;
            case CmdType.CmdInsert:
                if (clause.Values.Count > 0 && MergePlanner.Target(clause, table) is null)
                    return false;
                var target = clause.Values.Count > 0 ? MergePlanner.Target(clause, table)! : null;
                foreach (var column in columns)
                {
                    var index = target?.Columns.IndexOf(column) ?? -1;
                    var value = index < 0 ? new Node { SetToDefault = new SetToDefault() } : OfSource(clause.Values[index], merge.SourceRelation);
                    if (TextOf(value, column) is not { } text)
                        return false;
                    values[column.Name].Append($" WHEN {action} THEN {text}");
                }

                return true;
            default:
                return true;
        }
    }

    // Of (a, b) = (SELECT ...) each column takes its own from the same subquery.
    private static Node? Assigned(ResTarget item)
    {
        if (item.Val?.MultiAssignRef is not { } several)
            return item.Val;
        return several.Source.RowExpr?.Args[several.Colno - 1];
    }

    private static string? TextOf(Node value, TableColumn column)
    {
        if (InsertTarget.IsDefault(value))
            return column.Default is null ? $"NULL::{InsertTarget.BaseType(column)}" : $"({column.Default})::{InsertTarget.BaseType(column)}";
        return ValueTexts.Of(value) is { } text ? $"({text})::{(value.NodeCase == Node.NodeOneofCase.RowExpr ? column.TypeName : InsertTarget.BaseType(column))}" : null;
    }

    private static string? Text(SelectStmt select)
    {
        select.LimitOption = LimitOption.Default;
        select.Op = SetOperation.SetopNone;
        return Deparser.TryDeparseFaithfully(new Node { SelectStmt = select }, out var sql) ? sql : null;
    }

    private static string? With(WithClause with)
    {
        const string body = SelectPrefix + "1";
        var select = new SelectStmt { WithClause = with.Clone() };
        select.TargetList.Add(Trees.Target(Trees.Integer(1)));
        return Text(select) is { } sql && sql.EndsWith(body, StringComparison.Ordinal) ? sql[..^body.Length] : null;
    }
}
