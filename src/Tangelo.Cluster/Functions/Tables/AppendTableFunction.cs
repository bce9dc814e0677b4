using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Puts the rows of a table of one node into a shard: <c>{"table", "shard", "source": group, "relation": name as the user wrote it}</c>. Columns go by position.
/// </summary>
internal sealed class AppendTableFunction : IClusterFunction
{
    public string Name => "append_table";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var table = MetadataLoader.ParseTable(args.GetProperty("table"));
        var source = new GroupId(args.GetProperty("source").GetInt32());
        var index = table.Shards.ToList().FindIndex(s => s.Id.Value == args.GetProperty("shard").GetInt64());
        var shard = (await session.LockPlacementsAsync(table, [index], together: true, cancellation)).Shards[index];
        var from = await FindAsync(session, source, args.GetProperty("relation").GetString()!, cancellation);
        var columns = string.Join(", ", table.Columns.Where(c => !c.IsGenerated).OrderBy(c => c.Number).Select(c => ShardNames.Quote(c.Name)));
        var target = $"{ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, shard.Id))} ({columns})";

        // Read once: somebody may write it meanwhile.
        if (shard.Placements is [var only] && only == source)
            await session.ExecuteAsync(source, $"INSERT INTO {target} SELECT * FROM {from}", cancellation);
        else
            await RowCopy.RunAsync(session, source, $"SELECT * FROM {from}", shard.Placements, target, cancellation);
        return [];
    }

    // A node's own search_path: what is called public.x here is called so there.
    private static async Task<string> FindAsync(IClusterSession session, GroupId source, string name, CancellationToken cancellation)
    {
        var found = await session.QueryAsync(
            source,
            $"SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {ShardNames.Literal(name)}::pg_catalog.regclass",
            cancellation);
        return found[0][0]!;
    }
}
