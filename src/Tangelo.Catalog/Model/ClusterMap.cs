using System.Collections.Frozen;
using System.Collections.Immutable;
using Tangelo.Core;

namespace Tangelo.Catalog.Model;

/// <summary>
/// One version of the metadata: nodes, distributed tables, shards and placements. Immutable; a router swaps it whole.
/// </summary>
public sealed class ClusterMap
{
    private readonly FrozenDictionary<Oid, DistributedTable> _byRelation;
    private readonly FrozenDictionary<(string Schema, string Name), DistributedTable> _byName;
    private readonly FrozenDictionary<GroupId, Node> _primaries;
    private readonly FrozenDictionary<ShardId, (DistributedTable Table, int Index)> _byShard;
    private readonly FrozenSet<string> _tableNames;
    private readonly FrozenDictionary<Oid, DistributedTable> _further = FrozenDictionary<Oid, DistributedTable>.Empty;

    public ClusterMap(long version, IEnumerable<Node> nodes, IEnumerable<DistributedTable> tables, IEnumerable<DistributedFunction>? functions = null)
    {
        Version = version;
        Functions = (functions ?? []).ToLookup(f => f.Name);
        Nodes = [.. nodes];
        Tables = [.. tables];
        _byRelation = Tables.ToFrozenDictionary(t => t.Relation);
        _byName = Tables.ToFrozenDictionary(t => (t.Schema, t.Name));
        _tableNames = Tables.Select(t => t.Name).ToFrozenSet();
        _primaries = Nodes.Where(n => n.Role == "primary").GroupBy(n => n.Group).ToFrozenDictionary(g => g.Key, g => g.First());
        WatchesNothing = Tables.All(t => t.Watched == WatchedWrites.None);
        PrimaryGroups = [.. Nodes.Where(n => n.IsActive && n.Role == "primary" && (!n.IsCoordinator || HasShardsIn(n.Group))).Select(n => n.Group).Distinct()];
        _byShard = Tables
            .SelectMany(t => t.Shards.Select((s, i) => (s.Id, Value: (t, i))))
            .ToFrozenDictionary(x => x.Id, x => x.Value);
    }

    // The same map with some tables more, which only their OIDs find.
    private ClusterMap(ClusterMap map, FrozenDictionary<Oid, DistributedTable> further)
    {
        (Version, Nodes, Tables) = (map.Version, map.Nodes, map.Tables);
        (_byRelation, _byName, _tableNames, _primaries, _byShard) = (map._byRelation, map._byName, map._tableNames, map._primaries, map._byShard);
        (_further, WatchesNothing, Functions, PrimaryGroups) = (further, map.WatchesNothing, map.Functions, map.PrimaryGroups);
    }

    /// <summary>The next version, with other nodes or other tables.</summary>
    public ClusterMap With(long version, IEnumerable<Node>? nodes = null, IEnumerable<DistributedTable>? tables = null) =>
        new(version, nodes ?? Nodes, tables ?? Tables, Functions.SelectMany(f => f));

    /// <summary>A map with no node and no table.</summary>
    public static ClusterMap Empty { get; } = new(0, [], []);

    /// <summary>Grows with every map a router makes; part of every plan-cache key.</summary>
    public long Version { get; }

    public ImmutableArray<Node> Nodes { get; }

    public ImmutableArray<DistributedTable> Tables { get; }

    /// <summary>The functions whose calls are distributed by an argument, by name.</summary>
    public ILookup<string, DistributedFunction> Functions { get; }

    /// <summary>True when no table has triggers or rules.</summary>
    public bool WatchesNothing { get; }

    /// <summary>The table whose shell has this OID on the coordinator, or null for a local one.</summary>
    public DistributedTable? Find(Oid relation) => _byRelation.GetValueOrDefault(relation) ?? _further.GetValueOrDefault(relation);

    /// <summary>
    /// This map and tables that exist for the planning of one statement only: <see cref="Find(Oid)"/> knows them, and nothing else does.
    /// </summary>
    public ClusterMap WithFurther(IEnumerable<DistributedTable> tables) =>
        new(this, _further.Values.Concat(tables).ToFrozenDictionary(t => t.Relation));

    /// <summary>The table of this exact schema and name, or null.</summary>
    public DistributedTable? Find(string schema, string name) => _byName.GetValueOrDefault((schema, name));

    /// <summary>True when some distributed table in any schema is called so: a cheap first test.</summary>
    public bool MayBeDistributed(string name) => _tableNames.Contains(name);

    /// <summary>The primary of <paramref name="group"/>, or null.</summary>
    public Node? Primary(GroupId group) => _primaries.GetValueOrDefault(group);

    /// <summary>The active standbys of <paramref name="group"/>'s primary, in the order of their ids.</summary>
    public ImmutableArray<Node> Secondaries(GroupId group) =>
        [.. Nodes.Where(n => n.Group == group && n.IsActive && n.Role == "secondary" && n.Cluster == "default").OrderBy(n => n.Id.Value)];

    /// <summary>The table a shard belongs to and its index there, or null.</summary>
    public (DistributedTable Table, int Index)? FindShard(ShardId shard) =>
        _byShard.TryGetValue(shard, out var found) ? found : null;

    /// <summary>The groups of active primaries that may hold shards: the workers', and the coordinator's if it has any.</summary>
    public ImmutableArray<GroupId> PrimaryGroups { get; }

    /// <summary>The table that was <paramref name="earlier"/> as this map has it; null when it is gone, or has other shards.</summary>
    public DistributedTable? FindSame(DistributedTable earlier) => Find(earlier.Relation) is { } now && HasSameShards(now, earlier) ? now : null;

    /// <summary>True when rows of a table that was in <paramref name="earlier"/> are in other shards now, or on other nodes.</summary>
    public bool HasMovedSince(ClusterMap earlier) => earlier.Tables.Any(before =>
        Find(before.Relation) is { } now && !ReferenceEquals(now, before)
        && (!HasSameShards(now, before) || !now.Shards.SelectMany(s => s.Placements).SequenceEqual(before.Shards.SelectMany(s => s.Placements))));

    private static bool HasSameShards(DistributedTable now, DistributedTable before) =>
        ReferenceEquals(now, before) || now.Shards.Select(s => s.Id).SequenceEqual(before.Shards.Select(s => s.Id));

    private bool HasShardsIn(GroupId group) => Tables.Any(t => t.Shards.Any(s => s.Placements.Contains(group)));

    /// <summary>The active primaries other than the coordinator.</summary>
    public IEnumerable<Node> Workers => Nodes.Where(n => n.IsActive && n.Role == "primary" && !n.IsCoordinator);
}
