using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Server.Statements;
using Tangelo.Sql.Relations;

namespace Tangelo.Server.Sessions;

/// <summary>Why WHERE CURRENT OF cannot be used with a cursor.</summary>
internal static class CursorKinds
{
    /// <param name="statement">Of pg_cursors: the whole text that the client has sent.</param>
    /// <param name="cursor">Its name.</param>
    /// <param name="table">Where a row is to be changed.</param>
    public static PgException WhyNotUpdatable(string statement, string cursor, DistributedTable table)
    {
        var query = StatementSource.TryParse(System.Text.Encoding.UTF8.GetBytes(statement), out var parsed)
            ? parsed.Select(p => p.Tree.DeclareCursorStmt).LastOrDefault(d => d?.Portalname == cursor)?.Query?.SelectStmt
            : null;
        var names = query is null ? [] : RelationReferences.Collect(new PgQuery.Node { SelectStmt = query });
        if (query is { LockingClause.Count: 0 } && (!names.Any(n => n.Name == table.Name) || IsComputed(query)))
            return new PgException(SqlState.InvalidCursorState, $"cursor \"{cursor}\" is not a simply updatable scan of table \"{table.Name}\"");
        return new PgException(
            SqlState.FeatureNotSupported, $"WHERE CURRENT OF is not supported with cursor \"{cursor}\"",
            "The client has not declared it, or it is a SCROLL cursor, or one that gives other rows than those of one distributed table.", "Fetch the key, too, and use it.");
    }

    private static bool IsComputed(SelectStmt query) =>
        query.Op != SetOperation.SetopNone || query.GroupClause.Count + query.DistinctClause.Count + query.WindowClause.Count > 0 || query.HavingClause is not null;
}
