using PgQuery;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Analysis;

/// <summary>Data-modifying statements in WITH, below a statement that may be a SELECT.</summary>
internal static class NestedWrites
{
    /// <summary>True when a WITH query writes.</summary>
    internal static bool Any(Node statement) =>
        TreeWalker.Any(statement, message => message is CommonTableExpr table && TargetOf(table.Ctequery) is not null);

    /// <summary>Why the WITH queries that write cannot go to a shard with the rest of their statement, or null.</summary>
    internal static string? WhyNotOnShards(PlanContext context)
    {
        string? why = null;
        TreeWalker.Visit(context.Tree, message =>
        {
            if (message is CommonTableExpr { Ctequery: { } query } && TargetOf(query) is { } target && context.TableOf(target) is { } table)
            {
                if (table.IsReplicated)
                    why ??= $"a WITH query writes \"{table.Name}\", which has several copies";
                if (query.UpdateStmt is { } update && update.TargetList.Any(t => t.ResTarget.Name == table.DistributionColumn?.Name))
                    why ??= $"a WITH query changes the distribution column of \"{table.Name}\"";
            }

            return true;
        });
        return why;
    }

    private static RangeVar? TargetOf(Node? query) => query?.NodeCase switch
    {
        Node.NodeOneofCase.InsertStmt => query.InsertStmt.Relation,
        Node.NodeOneofCase.UpdateStmt => query.UpdateStmt.Relation,
        Node.NodeOneofCase.DeleteStmt => query.DeleteStmt.Relation,
        Node.NodeOneofCase.MergeStmt => query.MergeStmt.Relation,
        _ => null,
    };
}
