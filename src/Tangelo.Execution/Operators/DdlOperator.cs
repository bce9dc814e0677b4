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
            var shards = ShardTexts(plan.Parts);

            // A node's scripts are repeatable, so nothing is lost when a later step fails. Each is one transaction.
            var only = await RunOnLinkAsync(plan, cancellation).ConfigureAwait(false);
            var needed = string.Join(";\n", await NodeScriptsAsync(plan, cancellation).ConfigureAwait(false));
            try
            {
                await _scripts.RunOneByOneAsync(OnNodes((needed.Length == 0 ? [] : new[] { needed }).Concat(plan.Nodes.Select(n => n.Sql))).Concat(shards), cancellation).ConfigureAwait(false);
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
        var parts = plan.OnlyInBlock == "LOCK TABLE" ? plan.Parts : await LockCopiesAsync(plan.Parts, cancellation).ConfigureAwait(false);
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

    // Writers of tables whose shards have several placements come before it, or after it.
    private async ValueTask<IReadOnlyList<DdlPart>> LockCopiesAsync(IReadOnlyList<DdlPart> parts, CancellationToken cancellation)
    {
        var locked = new Dictionary<Oid, DistributedTable>();
        foreach (var table in parts.Select(p => p.Table).Where(t => t.HasCopiesOfShards).DistinctBy(t => t.Relation).OrderBy(t => t.Relation.Value))
            locked[table.Relation] = await TableLocks.TakeAsync(context, table, cancellation).ConfigureAwait(false);
        return locked.Count == 0 ? parts : [.. parts.Select(p => locked.TryGetValue(p.Table.Relation, out var table) ? p with { Table = table } : p)];
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
