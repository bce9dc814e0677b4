using PgQuery;
using Node = PgQuery.Node;

namespace Tangelo.Planning.ReadFirst;

/// <summary>Statements that do something with the rows of a query: COPY (query) TO, CREATE TABLE AS, SELECT INTO.</summary>
internal static class AroundQuery
{
    internal static bool Is(Node tree) => tree.CopyStmt is { Query: not null } || MakesTable(tree);

    /// <summary>True for one that makes a table. PostgreSQL refuses materialized views of queries that write.</summary>
    internal static bool MakesTable(Node tree) =>
        tree.SelectStmt is { IntoClause: not null } || tree.CreateTableAsStmt is { Objtype: ObjectType.ObjectTable, Query.ExecuteStmt: null };
}
