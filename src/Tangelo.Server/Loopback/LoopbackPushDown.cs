using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;

namespace Tangelo.Server.Loopback;

/// <summary>
/// Queries that postgres_fdw has made of more than a scan of one table: aggregates, LIMIT, joins. It does so for partitions, which are foreign tables
/// themselves. Their rows are not what the shards give one after the other.
/// </summary>
internal sealed class LoopbackPushDown(LoopbackContext context, PlanExecutor executor)
{
    private readonly ShardRunner _runner = new(context);
    private readonly ShardResolver _resolver = new(context);

    /// <summary>True for columns of the rows of one table, and for changes of one table.</summary>
    public static bool IsScan(ParsedStatement statement, ImmutableArray<RelationReference> references) =>
        references.Length == 1
        && (statement.Tree.SelectStmt is not { } select
            || (select.GroupClause.Count == 0 && select.HavingClause is null && select.LimitCount is null && select.LimitOffset is null
                && select.DistinctClause.Count == 0 && select.TargetList.All(t => t.ResTarget.Val is { ColumnRef: not null } or { AConst: not null } or { TypeCast.Arg.AConst: not null } or { RowExpr: not null } or { CaseExpr: not null })));

    /// <summary>Runs the plan of such a query.</summary>
    /// <exception cref="PgException">0A000: the shards cannot be asked in this way.</exception>
    public async ValueTask<string> RunAsync(Plan plan, StatementRequest request, CancellationToken cancellation)
    {
        switch (plan)
        {
            case ShardPlan:
                return await executor.RunAsync(plan, request, cancellation).ConfigureAwait(false);
            case CombinePlan combine:
                return await executor.RunAsync(await DescribeAsync(combine, request, cancellation).ConfigureAwait(false), request, cancellation).ConfigureAwait(false);
            default:
                throw new PgException(
                    SqlState.FeatureNotSupported, "this query on partitions of distributed tables is not supported inside of the coordinator",
                    hint: "Ask for the partitioned table, or send the query by itself.");
        }
    }

    // A shard says of what types its columns are: a row of NULLs has them too.
    private async ValueTask<CombinePlan> DescribeAsync(CombinePlan plan, StatementRequest request, CancellationToken cancellation)
    {
        var tasks = await _resolver.ResolveAsync(plan.Inner.Shards, request, StatementKind.Select, write: false, cancellation).ConfigureAwait(false);
        var names = plan.Columns.Select(c => ShardNames.Quote(c.Name)).ToList();
        var sql = $"SELECT {string.Join(", ", names.Select(n => $"pg_catalog.pg_typeof({n})::pg_catalog.text"))} FROM (SELECT) AS one "
            + $"LEFT JOIN (SELECT * FROM ({plan.Inner.Query.RenderText(tasks[0].ShardIndex)}) AS rows LIMIT 0) AS tangelo_rows ({string.Join(", ", names)}) ON true";
        var types = new RowListSink();
        await _runner.RunTextsAsync(
            [(tasks[0], Encoding.UTF8.GetBytes(sql))], request.Parameters.WithTextResults(), request.ShardTypeCodes, write: false, types, cancellation).ConfigureAwait(false);
        var row = types.ReadText()[0];
        return plan with { Columns = [.. plan.Columns.Select((c, i) => c with { TypeName = row[i]! })] };
    }
}
