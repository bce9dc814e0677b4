using System.Text;
using PgQuery;
using Tangelo.Core;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Sql.Deparsing;

namespace Tangelo.Server.Loopback;

/// <summary>
/// ORDER BY of a loopback query. postgres_fdw relies on the order it asked for, and the shards together have none, so the sort
/// keys come up as further columns and a connection to the coordinator sorts by them: PostgreSQL's own order, collations included.
/// </summary>
internal sealed class LoopbackSort(LoopbackContext context)
{
    private readonly LinkRunner _runner = new(context);

    /// <summary>The sort keys as expressions, to be appended to the target list.</summary>
    public static IReadOnlyList<string> Keys(SelectStmt select) =>
        [.. select.SortClause.Select(s => Deparser.DeparseExpression(s.SortBy.Node))];

    /// <summary>A query for one shard that gives type and collation of each key.</summary>
    public static string FactsQuery(IReadOnlyList<string> keys, string shard) =>
        "SELECT " + string.Join(", ", keys.Select(k => $"{TypeOf(k, shard)}::pg_catalog.text, {CollationOf(k, shard)}"));

    /// <summary>Sorts the rows of <paramref name="rows"/>, whose last columns are the keys, and passes on the others.</summary>
    /// <param name="facts">Type and collation of each key, in turn.</param>
    public async ValueTask<long> RunAsync(SelectStmt select, string?[] facts, RowSpool rows, RowSink sink, CancellationToken cancellation)
    {
        using var arrays = new ArraySink();
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
            await arrays.WriteAsync(row, cancellation).ConfigureAwait(false);
        if (arrays.Arrays.Rows == 0)
            return 0;

        var columns = arrays.Arrays.Columns;
        var visible = columns - select.SortClause.Count;
        var names = Enumerable.Range(1, columns).Select(i => $"c{i}").ToList();
        var order = select.SortClause.Select((s, i) => Order(s.SortBy, names[visible + i], facts[2 * i]!, facts[(2 * i) + 1]));
        var sql = $"SELECT {string.Join(", ", names.Take(visible))} FROM ROWS FROM (unnest({string.Join(", ", names.Select((_, i) => $"${i + 1}::pg_catalog.text[]"))})) "
            + $"AS r ({string.Join(", ", names)}) ORDER BY {string.Join(", ", order)}";
        var parameters = ParameterSet.None.Append([.. Enumerable.Range(0, columns).Select(arrays.Arrays.Column)]);
        return await _runner.RunAsync(
            sql, Encoding.UTF8.GetBytes(sql), parameters, [.. Enumerable.Repeat(1009u, columns)], sink, cancellation).ConfigureAwait(false);
    }

    // No row is read: a scalar subquery without rows is a NULL of the key's type.
    private static string Value(string key, string shard) => $"(SELECT {key} FROM {shard} LIMIT 0)";

    private static string TypeOf(string key, string shard) => $"pg_catalog.pg_typeof({Value(key, shard)})";

    // pg_collation_for refuses types that have none.
    private static string CollationOf(string key, string shard) =>
        $"CASE WHEN (SELECT typcollation FROM pg_catalog.pg_type WHERE oid = {TypeOf(key, shard)}) <> 0 THEN pg_catalog.pg_collation_for({Value(key, shard)}) END";

    private static string Order(SortBy sort, string column, string type, string? collation)
    {
        var key = $"{column}::{type}" + (collation is null ? "" : $" COLLATE {collation}");
        var direction = sort.SortbyDir switch
        {
            SortByDir.SortbyDesc => " DESC",
            SortByDir.SortbyDefault or SortByDir.SortbyAsc => " ASC",
            _ => throw new PgException(SqlState.FeatureNotSupported, "the loopback does not sort by an operator"),
        };
        return key + direction + sort.SortbyNulls switch
        {
            SortByNulls.First => " NULLS FIRST",
            SortByNulls.Last => " NULLS LAST",
            _ => "",
        };
    }
}
