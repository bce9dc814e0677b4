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
        "SELECT " + string.Join(", ", keys.Select(k =>
            $"pg_catalog.pg_typeof((SELECT {k} FROM {shard} LIMIT 0))::pg_catalog.text, pg_catalog.pg_collation_for((SELECT {k} FROM {shard} LIMIT 0))"));

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
