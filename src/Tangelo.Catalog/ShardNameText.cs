using System.Text;
using System.Text.RegularExpressions;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Catalog;

/// <summary>A shard's name, or that of something of a shard, in a message.</summary>
/// <param name="Start">Where the part begins that the client does not know.</param>
/// <param name="End">Where the name ends.</param>
/// <param name="Known">What the client knows in place of that part.</param>
/// <param name="IsTable">True for the name of the shard itself.</param>
public readonly record struct ShardNameSpan(int Start, int End, string Known, bool IsTable);

/// <summary>Finds shards' names in messages. Only numbers that are shard ids of the map are taken for suffixes.</summary>
public static partial class ShardNameText
{
    /// <summary>The names in <paramref name="text"/>, in order.</summary>
    public static IEnumerable<ShardNameSpan> Find(string text, ClusterMap map)
    {
        foreach (Match match in Suffix().Matches(text))
        {
            var id = new ShardId(long.Parse(match.Groups[1].ValueSpan));
            var end = match.Index + match.Length;
            if (map.FindShard(id) is not { } shard)
                continue;
            if (end == text.Length || text[end] != '_' || Rebuilt().IsMatch(text.AsSpan(end)))
                yield return Whole(text, match.Index, end, shard.Table, id);

            // While an index is made that a partition gets from its table, it is named after the partition: orders_1_102009_id_idx.
            // So is the constraint of a partition that a foreign key refers to, where it could not be renamed.
            else if ((shard.Table.IsPartition || PartitionKey().IsMatch(text.AsSpan(end))) && text.AsSpan(0, match.Index).EndsWith(shard.Table.Name))
                yield return new ShardNameSpan(match.Index, end, "", IsTable: false);
        }
    }

    /// <summary>The text as the client would know it.</summary>
    public static string Erase(string text, ClusterMap map)
    {
        StringBuilder? cleaned = null;
        var copied = 0;
        foreach (var name in Find(text, map))
        {
            (cleaned ??= new StringBuilder()).Append(text, copied, name.Start - copied).Append(name.Known);
            copied = name.End;
        }

        return cleaned is null ? text : cleaned.Append(text, copied, text.Length - copied).ToString();
    }

    // A long name was cut to make room for the number.
    private static ShardNameSpan Whole(string text, int suffix, int end, DistributedTable table, ShardId shard)
    {
        foreach (var name in table.LongNames.Prepend(table.Name).Where(ShardNames.IsLong))
        {
            var cut = ShardNames.Extend(name, shard);
            if (text.AsSpan(0, end).EndsWith(cut))
                return new ShardNameSpan(end - cut.Length, end, name, name == table.Name);
        }

        return new ShardNameSpan(suffix, end, "", text.AsSpan(0, suffix).EndsWith(table.Name));
    }

    // What REINDEX CONCURRENTLY appends to the name of an index.
    [GeneratedRegex("^_cc(new|old)[0-9]*(?![0-9A-Za-z_])", RegexOptions.CultureInvariant)]
    private static partial Regex Rebuilt();

    [GeneratedRegex("^_[^\"]*?_fkey[0-9]*(?![0-9A-Za-z_])", RegexOptions.CultureInvariant)]
    private static partial Regex PartitionKey();

    [GeneratedRegex("_([1-9][0-9]{5,17})(?![0-9A-Za-z])", RegexOptions.CultureInvariant)]
    private static partial Regex Suffix();
}
