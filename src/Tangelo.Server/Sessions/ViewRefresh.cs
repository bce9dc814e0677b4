using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Server.Statements;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Sessions;

/// <summary>
/// REFRESH of a distributed materialized view, in one transaction: TRUNCATE, or DELETE where readers must not wait, and then an INSERT ... SELECT that is
/// planned like any other, so it runs on the shards where the view is co-located with what it reads.
/// </summary>
internal sealed class ViewRefresh(SessionContext context, PlanExecutor executor, StatementCompiler compiler)
{
    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(RefreshPlan plan, CancellationToken cancellation)
    {
        context.OpenTransactionForSchemaChange();
        var view = plan.View;
        var begin = $"SELECT filling, owner FROM pg_catalog.tangelo_begin_refresh({Reference(view)}, {(plan.Concurrently ? "true" : "false")})";
        var begun = (await context.QueryLinkAsync(begin, cancellation).ConfigureAwait(false))[0];
        if (begun[1] is { } owner)
        {
            // The query runs with the rights and the policies of the view's owner.
            var before = (await context.QueryLinkAsync("SELECT pg_catalog.current_setting('role')", cancellation).ConfigureAwait(false))[0][0]!;
            context.HidesStatus = true;
            try
            {
                await SetRoleAsync(owner, cancellation).ConfigureAwait(false);
                await FillAsync(plan, begun[0]!, cancellation).ConfigureAwait(false);
                await SetRoleAsync(before, cancellation).ConfigureAwait(false);
            }
            finally
            {
                context.HidesStatus = false;
            }
        }
        else
        {
            await FillAsync(plan, begun[0]!, cancellation).ConfigureAwait(false);
        }

        return "REFRESH MATERIALIZED VIEW";
    }

    private async ValueTask FillAsync(RefreshPlan plan, string filling, CancellationToken cancellation)
    {
        var name = ShardNames.QuoteQualified(plan.View.Schema, plan.View.Name);
        await RunAsync(plan.Concurrently ? $"DELETE FROM {name}" : $"TRUNCATE {name}", cancellation).ConfigureAwait(false);

        // Before it is filled: what goes through the shell has to be able to read it.
        var populated = $"SELECT pg_catalog.tangelo_set_populated({Reference(plan.View)}, {(plan.WithData ? "true" : "false")})";
        if ((await context.QueryLinkAsync(populated, cancellation).ConfigureAwait(false))[0][0] == "t")
            context.MetadataChanged();
        if (plan.WithData)
            await RunAsync(filling, cancellation).ConfigureAwait(false);
    }

    private async ValueTask RunAsync(string sql, CancellationToken cancellation)
    {
        var statement = SqlParser.ParseOne(sql);
        switch (await compiler.CompileAsync(statement, [], cancellation).ConfigureAwait(false))
        {
            case DistributedStatement distributed:
                var request = new StatementRequest(ParameterSet.None, [], [], NullSink.Instance);
                await executor.RunAsync(distributed.Plan, request, cancellation).ConfigureAwait(false);
                break;
            case LinkStatement link:
                await context.PrepareLinkStatementAsync(link, cancellation).ConfigureAwait(false);
                await context.QueryLinkAsync(Encoding.UTF8.GetString(link.Text), cancellation).ConfigureAwait(false);
                break;
            case var other:
                throw new PgException(SqlState.InternalError, $"a refresh cannot run {other.GetType().Name}");
        }
    }

    private async ValueTask SetRoleAsync(string role, CancellationToken cancellation)
    {
        await context.QueryLinkAsync($"SET LOCAL ROLE {ShardNames.Quote(role)}", cancellation).ConfigureAwait(false);
        context.SettingsMayHaveChanged();
    }

    private static string Reference(DistributedTable table) => $"{table.Relation}::pg_catalog.regclass";
}
