using System.Runtime.CompilerServices;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>
/// Runs a <see cref="CombinePlan"/>: the shards' rows become array parameters (a temporary table when they are many), and the
/// coordinator sorts and aggregates them.
/// </summary>
internal sealed class CombineOperator(IExecutionContext context)
{
    private const uint TextArray = 1009;

    /// <summary>Above this many bytes the rows go through a temporary table.</summary>
    private const int ParameterLimit = 16 << 20;

    /// <summary>PostgreSQL takes messages of up to a gigabyte; escapes in arrays need room.</summary>
    private const int MessageLimit = 400 << 20;

    private static readonly ConditionalWeakTable<CombinePlan, byte[]> Texts = [];

    private readonly ShardOperator _shards = new(context, forIntermediate: true);
    private readonly LinkRunner _link = new(context);

    public async ValueTask<long> RunAsync(CombinePlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        await using var spool = new RowSpool();
        var inner = request with { Parameters = request.Parameters.WithTextResults() };
        await _shards.RunAsync(plan.Inner, inner, spool, cancellation).ConfigureAwait(false);
        return await CombineAsync(plan, request, spool, sink, cancellation).ConfigureAwait(false);
    }

    /// <summary>Runs the combining query over rows that have come up already.</summary>
    public async ValueTask<long> CombineAsync(
        CombinePlan plan, StatementRequest request, RowSpool spool, RowSink sink, CancellationToken cancellation)
    {
        if (spool.Length > ParameterLimit && await AllowsTemporaryTableAsync(cancellation).ConfigureAwait(false))
            return await new TemporaryTableCombine(context, _link).RunAsync(plan, request, spool, sink, cancellation).ConfigureAwait(false);

        if (spool.Length > MessageLimit)
        {
            throw new PgException(
                SqlState.ProgramLimitExceeded,
                "the intermediate result of this query is too large for a read-only transaction or a pipelined batch",
                hint: "Run the query by itself, in a transaction that may write.");
        }

        using var arrays = new ArraySink();
        while (await spool.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
            await arrays.WriteAsync(row, cancellation).ConfigureAwait(false);

        var sql = Texts.GetValue(plan, p => Encoding.UTF8.GetBytes(p.CombineSql.Replace(CombinePlan.SourceMarker, ParameterSource(p, request.Parameters.Count), StringComparison.Ordinal)));
        var columns = Enumerable.Range(0, plan.Columns.Length).Select(i => arrays.Arrays.Rows == 0 ? "{}"u8.ToArray() : arrays.Arrays.Column(i)).ToList();
        var types = request.TypeCodes.Concat(Enumerable.Repeat(TextArray, columns.Count)).ToArray();
        return await _link.RunAsync(plan, sql, request.Parameters.Append(columns), types, sink, cancellation).ConfigureAwait(false);
    }

    /// <summary>A transaction that only reads can make no table, and in a batch COPY would end the batch's transaction.</summary>
    private async ValueTask<bool> AllowsTemporaryTableAsync(CancellationToken cancellation) =>
        !context.LinkIsInBatch
        && (await context.QueryLinkAsync("SELECT pg_catalog.current_setting('transaction_read_only')", cancellation).ConfigureAwait(false))[0][0] == "off";

    // The form of unnest with several arrays is syntax: with a schema in front PostgreSQL does not know it.

    /// <summary>The FROM item over arrays that follow the client's parameters.</summary>
    public static string ParameterSource(CombinePlan plan, int clientParameters)
    {
        var names = plan.Columns.Select(c => ShardNames.Quote(c.Name)).ToList();
        var casts = plan.Columns.Select((c, i) => $"{names[i]}::{c.TypeName} AS {names[i]}");
        var arrays = names.Select((_, i) => $"${clientParameters + 1 + i}::pg_catalog.text[]");
        return $"(SELECT {string.Join(", ", casts)} FROM ROWS FROM (unnest({string.Join(", ", arrays)})) AS tangelo_rows ({string.Join(", ", names)}))";
    }
}
