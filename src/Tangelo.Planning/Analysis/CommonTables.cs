using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>A WITH query, and the WITH queries that it sees itself.</summary>
internal sealed record CommonTable(CommonTableExpr Expression, CommonTables Visible, Scope? Outer, bool IsRecursive);

/// <summary>The WITH queries that can be named at some place; inner ones hide outer ones. Immutable.</summary>
internal sealed class CommonTables
{
    private readonly CommonTables? _rest;
    private readonly CommonTable? _head;

    private CommonTables(CommonTable? head, CommonTables? rest)
    {
        _head = head;
        _rest = rest;
    }

    internal static CommonTables None { get; } = new(null, null);

    internal CommonTables With(CommonTable table) => new(table, this);

    internal CommonTable? Find(string name)
    {
        for (var tables = this; tables?._head is not null; tables = tables._rest)
        {
            if (tables._head.Expression.Ctename == name)
                return tables._head;
        }

        return null;
    }
}
