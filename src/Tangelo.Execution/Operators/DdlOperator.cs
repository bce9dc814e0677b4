using System.Text;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Runs a <see cref="DdlPlan"/>: the coordinator first, so that its errors are the client's, then nodes and shards.</summary>
internal sealed class DdlOperator(IExecutionContext context)
{
    private readonly LinkRunner _link = new(context);
    private readonly ScriptRunner _scripts = new(context);

    /// <returns>The command tag.</returns>
    public async Task<string> RunAsync(DdlPlan plan, CancellationToken cancellation)
    {
        // The coordinator and every shard may have the same to say.
        context.NoticesOnce = true;
        try
        {
            return await RunEverywhereAsync(plan, cancellation).ConfigureAwait(false);
        }
        finally
        {
            context.NoticesOnce = false;
        }
    }

    private async Task<string> RunEverywhereAsync(DdlPlan plan, CancellationToken cancellation)
    {
        if (!plan.Transactional)
        {
            // A node's scripts are repeatable, so nothing is lost when a later step fails. Each is one transaction.
            var only = await RunOnLinkAsync(plan, cancellation).ConfigureAwait(false);
            var now = await AsOfNowAsync(plan.Parts, cancellation).ConfigureAwait(false);
            var needed = string.Join(";\n", await NodeScriptsAsync(plan, cancellation).ConfigureAwait(false));
            try
            {
                await _scripts.RunOneByOneAsync(OnNodes((needed.Length == 0 ? [] : new[] { needed }).Concat(plan.Nodes.Select(n => n.Sql))).Concat(ShardTexts(now)), cancellation).ConfigureAwait(false);
            }
            catch (PgException)
            {
                foreach (var sql in plan.AfterFailure)
                    await context.QueryLinkAsync(sql, cancellation).ConfigureAwait(false);
                throw;
            }

            foreach (var sql in plan.After)
                await context.QueryLinkAsync(sql, cancellation).ConfigureAwait(false);
            if (plan.ChangesMetadata)
                context.MetadataChanged();
            return plan.ClientTag ?? only;
        }

        context.OpenTransactionForSchemaChange();
        var parts = plan.OnlyInBlock == "LOCK TABLE" ? plan.Parts : await TableLocks.TakeAsync(context, plan.Parts, cancellation).ConfigureAwait(false);
        foreach (var sql in plan.Before)
            await context.QueryLinkAsync(sql, cancellation).ConfigureAwait(false);
        var tag = await RunOnLinkAsync(plan, cancellation).ConfigureAwait(false);
        foreach (var sql in plan.After)
            await context.QueryLinkAsync(sql, cancellation).ConfigureAwait(false);
        var scripts = await NodeScriptsAsync(plan, cancellation).ConfigureAwait(false);
        var nodes = OnNodes(scripts.Concat(plan.Nodes.Select(n => n.Sql)));
        await _scripts.RunAsync(nodes.Concat(ShardTexts(parts)), cancellation).ConfigureAwait(false);
        foreach (var sql in plan.AtEnd)
            await context.QueryLinkAsync(sql, cancellation).ConfigureAwait(false);
        if (plan.ChangesMetadata)
            context.MetadataChanged();
        return plan.ClientTag ?? tag;
    }

    // A placement that has been repaired by now has to have it, too.
    private async ValueTask<IReadOnlyList<DdlPart>> AsOfNowAsync(IReadOnlyList<DdlPart> parts, CancellationToken cancellation)
    {
        foreach (var table in parts.Select(p => p.Table).Where(t => t.HasCopiesOfShards).DistinctBy(t => t.Relation))
            await context.HasPlacementsAsync(table, [.. Enumerable.Range(0, table.Shards.Length)], cancellation).ConfigureAwait(false);
        return [.. parts.Select(p => p with { Table = context.Map.FindSame(p.Table) ?? p.Table })];
    }

    private static List<(GroupId Group, string Sql)> ShardTexts(IEnumerable<DdlPart> parts) => [.. parts.SelectMany(p => ShardResolver.EveryShardPlacement(p.Table)
        .Where(t => !(p.ExceptCoordinator && t.Group == GroupId.Coordinator))
        .Select(t => (t.Group, p.Query.RenderText(t.ShardIndex))))];

    private async ValueTask<string> RunOnLinkAsync(DdlPlan plan, CancellationToken cancellation)
    {
        if (plan.CoordinatorSql.IsEmpty)
            return plan.CommandTag;
        var sql = plan.CoordinatorSql.ToArray();
        await _link.RunAsync(Encoding.UTF8.GetString(sql), sql, ParameterSet.None, [], NullSink.Instance, cancellation).ConfigureAwait(false);
        return _link.Tag;
    }

    private async ValueTask<IEnumerable<string>> NodeScriptsAsync(DdlPlan plan, CancellationToken cancellation) =>
        plan.NodeScripts is null ? [] : (await context.QueryLinkAsync(plan.NodeScripts, cancellation).ConfigureAwait(false)).Select(r => r[0]!);

    private IEnumerable<(GroupId Group, string Sql)> OnNodes(IEnumerable<string> texts)
    {
        var list = texts.ToList();
        return context.Map.Workers.SelectMany(n => list.Select(sql => (n.Group, sql)));
    }
}
