using Tangelo.Catalog.Model;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Router;

/// <summary>Which shards an analysed query needs.</summary>
internal static class ShardSelections
{
    /// <summary>The one shard that holds everything, or null.</summary>
    internal static ShardSelection? Single(Locus locus)
    {
        if (locus.IsImpossible)
            return null;
        if (locus.Anchor is not { } anchor)
            return locus.Reference is { } reference ? new ReferenceShard(reference) : null;
        foreach (var pin in locus.Pins)
        {
            switch (pin)
            {
                case SoleShardPin:
                    return new FixedShards(anchor, [0]);
                case KeyPin { Key: LiteralKey { Text: null } }:
                    return new NoShards(anchor);
            }
        }

        // The smallest operand, so that equal statements give equal plans.
        var keys = locus.Pins.OfType<KeyPin>().Select(p => p.Key).OrderBy(k => k.ToString(), StringComparer.Ordinal).ToList();
        return keys.Count == 0 ? null : new KeyShards(anchor, [keys[0]]);
    }

    /// <summary>The shards that may give rows of a query that is a union over shards.</summary>
    internal static ShardSelection Several(Locus locus) => locus.Anchor is { IsByValue: true } byValue ? ByValue(locus, byValue) : locus.Restriction switch
    {
        null => new AllShards(locus.Anchor!),
        [LiteralKey { Text: null }] => new NoShards(locus.Anchor!),
        var keys => new KeyShards(locus.Anchor!, keys.Value),
    };

    private static ShardSelection ByValue(Locus locus, DistributedTable table) =>
        locus.Intervals.IsEmpty ? new AllShards(table) : new RangeShards(table, locus.Intervals);
}
