using System.Collections.Immutable;
using Tangelo.Catalog;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning;
using Tangelo.Sql.Parsing;

namespace Tangelo.Bench.Planning;

/// <summary>Five co-located tables over some number of shards on eight nodes.</summary>
internal sealed class Schema
{
    private const int Nodes = 8;

    private readonly ClusterMap _map;
    private readonly Dictionary<RelationName, ResolvedRelation> _relations;

    private Schema(ClusterMap map)
    {
        _map = map;
        _relations = map.Tables.ToDictionary(t => new RelationName("", t.Name), t => new ResolvedRelation(t.Relation, 'r', t.Schema, t.Name));
    }

    public static Schema Of(int shards) => new(new ClusterMap(1, [], Enumerable.Range(1, 5).Select(i => Table(i, shards))));

    public PlanRequest Request(ParsedStatement statement, uint[] types) =>
        new(statement, _map, _relations, [.. types.Select(t => new Oid(t))], [], Functions);

    private static FunctionCatalog Functions { get; } = new(
    [
        new FunctionFacts("count", 'i', true, false, false),
        new FunctionFacts("sum", 'i', true, false, false),
    ]);

    private static DistributedTable Table(int number, int shards)
    {
        ImmutableArray<TableColumn> columns =
        [
            new TableColumn("id", 1, new Oid(23), -1, "integer", true, null, ColumnDefaultKind.None),
            new TableColumn("name", 2, new Oid(25), -1, "text", false, null, ColumnDefaultKind.None),
            new TableColumn("balance", 3, new Oid(23), -1, "integer", false, null, ColumnDefaultKind.None),
        ];
        var first = 102008 + (number * shards);
        return new DistributedTable(
            new Oid((uint)(20000 + number)),
            "public",
            $"t{number}",
            DistributionMethod.Hash,
            columns[0],
            new ColocationId(1),
            columns,
            [.. ShardRing.Cut(shards).Select((r, i) => new Shard(new ShardId(first + i), r.Min, r.Max, null, null, [new GroupId(1 + (i % Nodes))]))]);
    }
}
