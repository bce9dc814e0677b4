using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Maintenance;

/// <summary>
/// LOCK TABLE. Rows are read and written on the shards without touching the shell, so the shards are locked as well; ACCESS SHARE, which
/// only keeps the table from being altered, is for the shell alone: every alteration begins there.
/// </summary>
internal static class LockTables
{
    private const int AccessShare = 1;

    public static Plan? Plan(DdlContext context, Node statement)
    {
        var tables = statement.LockStmt.Relations.Select(r => context.FindTable(r.RangeVar)).OfType<DistributedTable>().Distinct().ToList();
        if (tables.Count == 0)
            return null;
        if (statement.LockStmt.Mode == AccessShare)
            return context.OnCoordinator();

        var template = new ShardTemplate(context.Statement.Sql);
        return new DdlPlan(
            context.Statement.Text,
            [.. tables.Select(t => new DdlPart(t, Shards(template, statement, t)))],
            Transactional: true,
            ChangesMetadata: false)
        {
            OnlyInBlock = "LOCK TABLE",
        };
    }

    private static ShardQuery Shards(ShardTemplate template, Node statement, DistributedTable table)
    {
        var onShards = statement.Clone();
        var shard = new Node { RangeVar = SyntaxNodes.ToRangeVar([table.Name]) };
        template.Put(shard.RangeVar, table);
        onShards.LockStmt.Relations.Clear();
        onShards.LockStmt.Relations.Add(shard);
        return template.Build(onShards);
    }
}
