using System.Collections.Immutable;
using System.Text.Json;
using Npgsql;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Metadata;

/// <summary>Reads the metadata tables as a <see cref="ClusterMap"/>.</summary>
public static class MetadataLoader
{
    /// <summary>
    /// One statement that gives rows of one text column for <see cref="Parse"/>. A session may run it over its own link:
    /// it then sees what its transaction changed.
    /// </summary>
    public static string Sql { get; } = EmbeddedSql.Read("Metadata/ClusterMap.sql");

    /// <summary>The map that <paramref name="rows"/> describe, under the number <paramref name="version"/>.</summary>
    public static ClusterMap Parse(long version, IEnumerable<string> rows)
    {
        var nodes = new List<Node>();
        var tables = new List<DistributedTable>();
        var functions = new List<DistributedFunction>();
        foreach (var row in rows)
        {
            using var document = JsonDocument.Parse(row);
            var root = document.RootElement;
            switch (root.GetProperty("kind").GetString())
            {
                case "node":
                    nodes.Add(ParseNode(root));
                    break;
                case "table":
                    tables.Add(ParseTable(root));
                    break;
                case "function":
                    functions.Add(ParseFunction(root));
                    break;
            }
        }

        return new ClusterMap(version, nodes, tables, functions);
    }

    /// <summary>Reads the committed metadata.</summary>
    public static async Task<ClusterMap> LoadAsync(NpgsqlDataSource coordinator, long version, CancellationToken cancellation = default)
    {
        var rows = new List<string>();
        await using var command = coordinator.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
            rows.Add(reader.GetString(0));
        return Parse(version, rows);
    }

    /// <summary>A table as <see cref="Sql"/> and the functions of the coordinator write it.</summary>
    internal static DistributedTable ParseTable(JsonElement table)
    {
        var columns = table.GetProperty("columns") is { ValueKind: JsonValueKind.Array } list
            ? list.EnumerateArray().Select(ParseColumn).ToImmutableArray()
            : [];
        var method = ParseMethod(table.GetProperty("method").GetString(), table.GetProperty("replication").GetString());
        var key = table.GetProperty("key").GetString();
        return new DistributedTable(
            new Oid((uint)table.GetProperty("oid").GetInt64()),
            table.GetProperty("schema").GetString()!,
            table.GetProperty("name").GetString()!,
            method,
            key is null ? null : columns.FirstOrDefault(c => c.Number.ToString() == key),
            new ColocationId(table.GetProperty("colocation").GetInt32()),
            columns,
            ParseShards(table.GetProperty("shards"), method))
        {
            IsPartitioned = table.GetProperty("relkind").GetString() == "p",
            IsPartition = table.GetProperty("relkind").GetString() == "f",
            IsMaterializedView = table.GetProperty("materialized").GetBoolean(),
            IsPopulated = table.GetProperty("populated").GetBoolean(),
            Watched = table.TryGetProperty("watched", out var watched) ? ParseWatched(watched.GetString()) : WatchedWrites.None,
            PartitionKeys = table.TryGetProperty("partition_keys", out var keys) && keys.ValueKind == JsonValueKind.Array
                ? [.. keys.EnumerateArray().Select(n => n.GetString()!)]
                : null,
            RowSecurity = table.TryGetProperty("row_security", out var security) ? ParseRowSecurity(security.GetString()) : RowSecurity.None,
            ReadByPolicies = table.TryGetProperty("policy_reads", out var read) && read.ValueKind == JsonValueKind.Array
                ? [.. read.EnumerateArray().Select(o => new Oid((uint)o.GetInt64()))]
                : [],
            HasDisjointRanges = table.TryGetProperty("disjoint", out var disjoint) && disjoint.ValueKind == JsonValueKind.True,
            LongNames = table.TryGetProperty("long_names", out var names) && names.ValueKind == JsonValueKind.Array
                ? [.. names.EnumerateArray().Select(n => n.GetString()!)]
                : [],
        };
    }

    private static RowSecurity ParseRowSecurity(string? kind) => kind switch
    {
        null => RowSecurity.None,
        "row" => RowSecurity.Row,
        "tables" => RowSecurity.Tables,
        _ => RowSecurity.TablesByCommand,
    };

    private static DistributedFunction ParseFunction(JsonElement function) => new(
        new Oid((uint)function.GetProperty("oid").GetInt64()),
        function.GetProperty("schema").GetString()!,
        function.GetProperty("name").GetString()!,
        function.GetProperty("procedure").GetBoolean(),
        function.GetProperty("argument").GetInt32(),
        new ColocationId(function.GetProperty("colocation").GetInt32()));

    private static WatchedWrites ParseWatched(string? kinds) => (kinds ?? "").Aggregate(WatchedWrites.None, (all, kind) => all | kind switch
    {
        'i' => WatchedWrites.Insert,
        'u' => WatchedWrites.Update,
        'd' => WatchedWrites.Delete,
        'm' => WatchedWrites.Move,
        _ => WatchedWrites.Truncate,
    });

    internal static Node ParseNode(JsonElement node) => new(
        new NodeId(node.GetProperty("id").GetInt32()),
        new GroupId(node.GetProperty("group").GetInt32()),
        node.GetProperty("host").GetString()!,
        node.GetProperty("port").GetInt32(),
        node.GetProperty("rack").GetString()!,
        node.GetProperty("active").GetBoolean(),
        node.GetProperty("shards").GetBoolean(),
        node.GetProperty("role").GetString()!,
        node.GetProperty("cluster").GetString()!);

    private static TableColumn ParseColumn(JsonElement column) => new(
        column[0].GetString()!,
        column[1].GetInt16(),
        new Oid((uint)column[2].GetInt64()),
        column[3].GetInt32(),
        column[4].GetString()!,
        column[5].GetBoolean(),
        column[6].GetString(),
        column[7].GetString() switch
        {
            "coordinator" => ColumnDefaultKind.OnCoordinator,
            "generated" => ColumnDefaultKind.Generated,
            "shard" => ColumnDefaultKind.OnShard,
            _ => ColumnDefaultKind.None,
        })
    {
        Collation = column[8].GetString(),
        IsIdentity = column[9].GetString() is "a" or "d",
        IsIdentityAlways = column[9].GetString() == "a",
    };

    private static ImmutableArray<Shard> ParseShards(JsonElement shards, DistributionMethod method)
    {
        if (shards.ValueKind != JsonValueKind.Array)
            return [];

        var hashed = method == DistributionMethod.Hash;
        var parsed = shards.EnumerateArray().Select(s => ParseShard(s, hashed));
        return method switch
        {
            DistributionMethod.Hash => [.. parsed.OrderBy(s => s.MinHash)],
            // Tables of the same ranges have them in the same order.
            DistributionMethod.Range => [.. parsed.OrderBy(s => s.MinValue, StringComparer.Ordinal).ThenBy(s => s.MaxValue, StringComparer.Ordinal).ThenBy(s => s.Id)],
            _ => [.. parsed.OrderBy(s => s.Id)],
        };
    }

    private static Shard ParseShard(JsonElement shard, bool hashed)
    {
        var (min, max) = (shard[1].GetString(), shard[2].GetString());
        return new Shard(
            new ShardId(shard[0].GetInt64()),
            hashed && min is not null ? int.Parse(min) : null,
            hashed && max is not null ? int.Parse(max) : null,
            min,
            max,
            Groups(shard[3]))
        {
            Inactive = shard.GetArrayLength() > 4 ? Groups(shard[4]) : [],
        };
    }

    private static ImmutableArray<GroupId> Groups(JsonElement groups) =>
        groups.ValueKind == JsonValueKind.Array ? [.. groups.EnumerateArray().Select(g => new GroupId(g.GetInt32()))] : [];

    private static DistributionMethod ParseMethod(string? method, string? replication) => (method, replication) switch
    {
        ("h", _) => DistributionMethod.Hash,
        ("n", "t") => DistributionMethod.Reference,
        ("n", _) => DistributionMethod.SingleShard,
        ("a", _) => DistributionMethod.Append,
        ("r", _) => DistributionMethod.Range,
        _ => throw new PgException(SqlState.InternalError, $"unknown partmethod \"{method}\" in pg_dist_partition"),
    };
}
