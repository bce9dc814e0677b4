using System.Text;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>
/// TRUNCATE of one or more tables, local ones among them. The coordinator truncates the shells with ONLY: their foreign children
/// are the shards over again. Where triggers watch, their functions have to see the shards emptied at the right time: then it is the foreign children
/// that reach them. Partitions are such foreign tables themselves: through them it reaches the shards.
/// </summary>
internal static class Truncate
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var named = statement.TruncateStmt.Relations.Select(r => context.FindTable(r.RangeVar)).ToList();
        var tables = named.OfType<DistributedTable>().Distinct().ToList();
        if (tables.Count == 0)
            return null;

        var onCoordinator = statement.Clone();
        for (var i = 0; i < named.Count; i++)
        {
            if (named[i] is { IsPartitioned: false, IsPartition: false } table && !IsWatched(table))
                onCoordinator.TruncateStmt.Relations[i].RangeVar.Inh = false;
        }

        // What was loaded into an append-distributed table goes with its shards.
        var appended = tables.FindAll(t => t.Method == DistributionMethod.Append);

        // The coordinator has checked that every table that refers to one of these is emptied too, so its shards may be.
        var template = new ShardTemplate(context.Statement.Sql);
        return new DdlPlan(
            Encoding.UTF8.GetBytes(DdlText.Write(onCoordinator)),
            [.. tables.Where(t => t.Method != DistributionMethod.Append && !t.IsPartitioned && !t.IsPartition && !IsWatched(t)).Select(t => new DdlPart(t, template.Cut($"TRUNCATE TABLE {template.Qualified(t, t.Name)} CASCADE")))],
            Transactional: true,
            ChangesMetadata: appended.Count > 0)
        {
            After = [.. appended.Select(t => $"SELECT pg_catalog.tangelo_drop_all_shards({t.Relation.Value}::pg_catalog.oid::pg_catalog.regclass)")],
        };
    }

    private static bool IsWatched(DistributedTable table) => table.Watched.HasFlag(WatchedWrites.Truncate);
}
