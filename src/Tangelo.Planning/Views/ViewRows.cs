using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Relations;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Views;

/// <summary>What the catalog tells of the views over distributed tables that a statement names.</summary>
internal static class ViewRows
{
    internal static bool IsView(ResolvedRelation relation) => relation is { Kind: 'v', ReachesDistributed: true };

    /// <summary>The rows of the catalog, or null when the statement names no such view.</summary>
    /// <exception cref="Ddl.ProbeNeededException">The catalog has to be asked first.</exception>
    internal static IReadOnlyList<string?[]>? Of(PlanRequest request)
    {
        var views = request.Relations.Values.Where(IsView).Select(r => r.Oid).Distinct().OrderBy(o => o.Value).ToList();
        if (views.Count == 0)
            return null;
        var sql = ViewDefinition.Sql(views);
        return request.Answers.TryGetValue(sql, out var rows) ? rows : throw new Ddl.ProbeNeededException(sql);
    }

    /// <summary>Refuses a statement that reads or changes, through a view, rows that row-level security shows the view's owner and not the reader, or the other way.</summary>
    internal static void RefuseRowsOfAnother(PlanRequest request)
    {
        if (!ReadsRows(request.Statement.Tree) || Of(request) is not { } rows || ViewDefinition.WithRowsOfAnother(rows) is not { } name)
            return;
        throw new PgException(
            SqlState.FeatureNotSupported,
            $"cannot use view \"{name}\" of another role over a distributed table with row-level security",
            "The shards apply the policies of the current role, not those of the view's owner.",
            "Set security_invoker = true on the view, or make the current role its owner.");
    }

    private static bool ReadsRows(Node tree) => tree.NodeCase is Node.NodeOneofCase.SelectStmt or Node.NodeOneofCase.InsertStmt
        or Node.NodeOneofCase.UpdateStmt or Node.NodeOneofCase.DeleteStmt or Node.NodeOneofCase.MergeStmt or Node.NodeOneofCase.CopyStmt
        or Node.NodeOneofCase.ExplainStmt or Node.NodeOneofCase.CreateTableAsStmt or Node.NodeOneofCase.DeclareCursorStmt
        or Node.NodeOneofCase.PrepareStmt;
}
