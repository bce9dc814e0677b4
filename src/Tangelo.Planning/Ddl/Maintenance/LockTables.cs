using System.Text;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Maintenance;

/// <summary>
/// LOCK TABLE. Rows are read and written on the shards without touching the shell, so the shards are locked as well; ACCESS SHARE, which
/// only keeps the table from being altered, is for the shell alone: every alteration begins there. On the coordinator a partition is a foreign
/// table, which LOCK refuses; there its parent, without which nothing of it is altered, is locked for it.
/// </summary>
internal static class LockTables
{
    private const int AccessShare = 1;

    public static Plan? Plan(DdlContext context, Node statement)
    {
        var tables = statement.LockStmt.Relations.Select(r => context.FindTable(r.RangeVar)).OfType<DistributedTable>().Distinct().ToList();
        if (tables.Count == 0)
            return null;
        var sql = OnCoordinator(context, statement);
        if (statement.LockStmt.Mode == AccessShare)
            return new CoordinatorPlan(sql, CoordinatorReason.Local);

        var template = new ShardTemplate(context.Statement.Sql);
        return new DdlPlan(
            sql,
            [.. tables.Select(t => new DdlPart(t, Shards(template, statement, t)))],
            Transactional: true,
            ChangesMetadata: false)
        {
            OnlyInBlock = "LOCK TABLE",
        };
    }

    private static ReadOnlyMemory<byte> OnCoordinator(DdlContext context, Node statement)
    {
        if (!statement.LockStmt.Relations.Any(r => context.FindTable(r.RangeVar) is { IsPartition: true }))
            return context.Statement.Text;
        var parents = statement.Clone();
        foreach (var range in parents.LockStmt.Relations.Select(r => r.RangeVar))
        {
            if (context.FindTable(range) is not { IsPartition: true } partition)
                continue;
            var parent = context.Ask(
                "SELECT n.nspname, c.relname FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhparent "
                + $"JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE i.inhrelid = {partition.Relation}")[0];
            range.Schemaname = parent[0]!;
            range.Relname = parent[1]!;
            range.Inh = false;
        }

        return Encoding.UTF8.GetBytes(Deparser.Deparse(parents));
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
