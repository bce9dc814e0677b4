using PgQuery;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Recursive;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Relations;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Cursors;

/// <summary>UPDATE and DELETE of the row at which a cursor stands.</summary>
internal static class CurrentRows
{
    /// <summary>Null for any other statement.</summary>
    internal static CurrentOfPlan? Plan(PlanContext context)
    {
        var (target, where) = context.Tree switch
        {
            { UpdateStmt: { } update } => (update.Relation, update.WhereClause),
            { DeleteStmt: { } delete } => (delete.Relation, delete.WhereClause),
            _ => (null, null),
        };
        if (where?.CurrentOfExpr is not { CursorName: { Length: > 0 } cursor } || context.TableOf(target!) is not { IsLocal: false } table)
            return null;
        var name = target!.NameInQuery();
        var number = context.Request.ParameterTypes.Length + 1;
        var condition = Trees.Operator("=", Trees.Column(name, "ctid"), Trees.Parameter(number));
        if (table.IsPartitioned)
            condition = ConditionList.And(condition, Trees.Operator("=", Trees.Column(name, "tableoid"), Trees.Parameter(number + 1)));
        var moves = !table.HasOneShard && context.Tree.UpdateStmt?.TargetList.Any(t => t.ResTarget.Name == table.DistributionColumn?.Name) == true;
        var tree = context.Tree.Clone();
        if (tree.UpdateStmt is { } changed)
            changed.WhereClause = condition;
        else
            tree.DeleteStmt.WhereClause = condition;
        return Deparser.TryDeparseFaithfully(tree, out var sql) ? new CurrentOfPlan(table, cursor, sql) { Moves = moves } : null;
    }
}
