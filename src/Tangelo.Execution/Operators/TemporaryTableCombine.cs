using Tangelo.Catalog;
using Tangelo.Execution.Intermediate;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;

namespace Tangelo.Execution.Operators;

/// <summary>An intermediate result that is too large for parameters goes through a temporary table of the link, row by row.</summary>
internal sealed class TemporaryTableCombine(IExecutionContext context, LinkRunner link)
{
    public async ValueTask<long> RunAsync(CombinePlan plan, StatementRequest request, RowSpool rows, RowSink sink, CancellationToken cancellation)
    {
        var name = "tangelo_" + Guid.NewGuid().ToString("N");
        var inTransaction = (await context.EnterLinkAsync(cancellation).ConfigureAwait(false)).Status != (byte)'I';
        var columns = string.Join(", ", plan.Columns.Select(c => $"{ShardNames.Quote(c.Name)} {c.TypeName}"));
        await context.QueryLinkAsync($"CREATE TEMPORARY TABLE {name} ({columns})" + (inTransaction ? " ON COMMIT DROP" : ""), cancellation).ConfigureAwait(false);
        try
        {
            await CopyAsync(name, rows, cancellation).ConfigureAwait(false);
            var sql = plan.CombineSql.Replace(CombinePlan.SourceMarker, $"(SELECT * FROM pg_temp.{name})", StringComparison.Ordinal);
            return await link.RunAsync(sql, request.Parameters, request.TypeCodes, sink, cancellation).ConfigureAwait(false);
        }
        finally
        {
            if (!inTransaction)
                await context.QueryLinkAsync($"DROP TABLE pg_temp.{name}", CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask CopyAsync(string name, RowSpool rows, CancellationToken cancellation)
    {
        var connection = await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
        FrontendMessages.Query(connection.Out, $"COPY pg_temp.{name} FROM STDIN");
        await CopyTextStream.SendAsync(rows, connection, cancellation).ConfigureAwait(false);
        FrontendMessages.CopyDone(connection.Out);
        await connection.FlushAsync(cancellation).ConfigureAwait(false);
        await connection.ReadResultAsync(cancellation).ConfigureAwait(false);
    }
}
