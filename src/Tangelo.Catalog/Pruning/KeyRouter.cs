using System.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Hashing.Types;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Catalog.Pruning;

/// <summary>From a value of the distribution column to the shard that holds it. NULL keys are the caller's matter.</summary>
public static class KeyRouter
{
    /// <summary>
    /// Finds the shard whose rows may equal <paramref name="value"/>. The value counts, not its wire form: an int4 parameter
    /// for an int8 column finds the int8 key. <paramref name="valueType"/> is 0 (or unknown) for a literal or parameter whose
    /// type is the column's.
    /// </summary>
    /// <returns>
    /// False: ask PostgreSQL for the hash (<see cref="KeyHashers.HashSql"/>) and then <see cref="ShardRing.FindShard"/>. True with
    /// <paramref name="shardIndex"/> -1: no shard of the table holds such a key.
    /// </returns>
    /// <exception cref="PgException">The text is surely no value of its type; PostgreSQL's code and message.</exception>
    public static bool TryRoute(DistributedTable table, ReadOnlySpan<byte> value, bool binary, Oid valueType, out int shardIndex)
    {
        shardIndex = -1;
        switch (table.Method)
        {
            case DistributionMethod.Reference or DistributionMethod.SingleShard:
                shardIndex = table.Shards.IsEmpty ? -1 : 0;
                return true;
            case DistributionMethod.Hash when table.DistributionColumn is { } column:
                if (!TryHash(column.Type, value, binary, valueType, out var hash))
                    return false;
                shardIndex = ShardRing.FindShard(table, hash);
                return true;
            case DistributionMethod.Range when table.DistributionColumn is { } column:
                return TryRouteByRange(table, column.Type, value, binary, valueType, out shardIndex);
            default:
                return false;
        }
    }

    /// <summary>
    /// Like <see cref="TryRoute"/> for a value that is going to be stored (INSERT, COPY): false also when the column's type
    /// modifier may round or cut the value first, as numeric(10,2) does with 1.005.
    /// </summary>
    public static bool TryRouteStored(DistributedTable table, ReadOnlySpan<byte> value, bool binary, Oid valueType, out int shardIndex)
    {
        shardIndex = -1;
        return (table.DistributionColumn is not { TypeModifier: >= 0 } column || TypeModifier.Keeps(column, value, binary, valueType))
            && TryRoute(table, value, binary, valueType, out shardIndex);
    }

    /// <summary>
    /// The hash that <paramref name="value"/> of <paramref name="valueType"/> has once it is a value of
    /// <paramref name="columnType"/>. False: ask PostgreSQL.
    /// </summary>
    public static bool TryHash(Oid columnType, ReadOnlySpan<byte> value, bool binary, Oid valueType, out int hash)
    {
        hash = 0;
        var coercion = KeyCoercions.Between(columnType, valueType);
        return coercion is not null && (binary ? coercion.TryHashBinary(value, out hash) : coercion.TryHashText(value, out hash));
    }

    private static bool TryRouteByRange(
        DistributedTable table, Oid columnType, ReadOnlySpan<byte> value, bool binary, Oid valueType, out int shardIndex)
    {
        shardIndex = -1;
        if (valueType.Value is not (PgType.Unspecified or PgType.Unknown) && valueType != columnType)
            return false;
        if (KeyHashers.For(columnType) is not Int64KeyHasher { Format: var format })
            return false;
        if (!(binary ? format.TryDecode(value, out var key) : format.TryParse(value, out key)))
            return false;

        for (var i = 0; i < table.Shards.Length; i++)
        {
            var shard = table.Shards[i];
            if (shard.MinValue is null || shard.MaxValue is null)
                continue;
            if (!format.TryParse(Encoding.UTF8.GetBytes(shard.MinValue), out var min)
                || !format.TryParse(Encoding.UTF8.GetBytes(shard.MaxValue), out var max))
                return false;
            if (min <= key && key <= max)
            {
                shardIndex = i;
                return true;
            }
        }

        return true;
    }
}
