using System.Collections.Frozen;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// Relations of the coordinator that a statement joins with distributed tables. While it is taken apart each is a table with one shard that is nowhere:
/// its rows become an intermediate result, or it is read where everything else has come together on the coordinator.
/// </summary>
internal static class LocalRelations
{
    // Their filters belong to statements that run on the coordinator as a whole.
    private static readonly FrozenSet<string> Catalogs = new[] { "pg_catalog", "information_schema", "pg_toast", "pg_tangelo", "citus" }.ToFrozenSet();

    // Their binary form, or else their text, is the same whatever the settings of the session are.
    private static readonly FrozenSet<uint> Steady = new uint[]
    {
        16, 17, 20, 21, 23, 25, 114, 650, 700, 701, 790, 869, 1042, 1043, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950, 3802,
        1000, 1005, 1007, 1009, 1014, 1015, 1016, 1231, 2951, 3807,
    }.ToFrozenSet();

    /// <summary>The same context, in which they count as tables.</summary>
    internal static PlanContext MadeKnown(PlanContext context)
    {
        var request = context.Request;
        var local = request.Relations.Values.Where(r => IsReadable(r) && request.Map.Find(r.Oid) is null).DistinctBy(r => r.Oid).Select(Table).ToList();
        return local.Count == 0 ? context : new PlanContext(request with { Map = request.Map.WithFurther(local) });
    }

    /// <summary>True for a table that <see cref="MadeKnown"/> has made of a relation of the coordinator.</summary>
    internal static bool Is(DistributedTable table) => table is { IsLocal: true, Shards: [{ Placements.IsEmpty: true }] };

    /// <summary>True for a type whose values reach the nodes as they are.</summary>
    internal static bool IsSteady(Oid type) => Steady.Contains(type.Value);

    private static bool IsReadable(ResolvedRelation relation) =>
        relation is { ReachesDistributed: false, Kind: 'r' or 'm' or 'f' or 'v', Columns.IsDefaultOrEmpty: false } && !Catalogs.Contains(relation.Schema);

    private static DistributedTable Table(ResolvedRelation relation) => new(
        relation.Oid, relation.Schema, relation.Name, DistributionMethod.SingleShard, null, new ColocationId(0),
        [
            .. relation.Columns.Select((c, i) => new TableColumn(c.Name, (short)(i + 1), c.Type, -1, PgTypes.NameOf(c.Type) ?? "", false, null, ColumnDefaultKind.None)
            {
                Collation = c.Collation,
            }),
        ],
        [new Shard(new ShardId(0), null, null, null, null, [])]);
}
