using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Visiting;

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

    /// <summary>
    /// Refuses to insert, through a view, rows under row-level security that is another for the view's owner. The coordinator reads and changes rows as the owner;
    /// those that come in are written by the session's role.
    /// </summary>
    internal static void RefuseRowsOfAnother(PlanRequest request)
    {
        if (!TreeWalker.Any(request.Statement.Tree, m => m is InsertStmt or MergeStmt) || Of(request) is not { } rows
            || ViewDefinition.WithRowsOfAnother(rows) is not { } name || !TreeWalker.Any(request.Statement.Tree, m => m is MergeStmt || m is InsertStmt i && i.Relation.Relname == name))
        {
            return;
        }

        throw new PgException(
            SqlState.FeatureNotSupported,
            $"cannot insert through view \"{name}\" of another role into a distributed table with row-level security",
            "The shards apply the policies of the current role, not those of the view's owner.",
            "Set security_invoker = true on the view, or make the current role its owner.");
    }
}
