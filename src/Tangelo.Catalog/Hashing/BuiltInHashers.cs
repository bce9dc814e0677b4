using Tangelo.Catalog.Hashing.Formats;
using Tangelo.Catalog.Hashing.Types;
using Tangelo.Core;

namespace Tangelo.Catalog.Hashing;

/// <summary>
/// The table of built-in types with a default hash operator class. Not in it, so asked of PostgreSQL: aclitem, oidvector and
/// int2vector, multiranges, composite types, enums (their hash is that of an OID).
/// </summary>
internal static class BuiltInHashers
{
    public static Dictionary<Oid, IKeyHasher> All()
    {
        var all = new Dictionary<Oid, IKeyHasher>();
        foreach (var (type, array, hasher) in Scalars())
            Add(all, type, array, hasher);

        Add(all, PgType.Jsonb, 3807, new JsonbKeyHasher(all[new Oid(PgType.Numeric)]));
        foreach (var (type, array, element, maxDiscrete) in Ranges)
            Add(all, type, array, new RangeKeyHasher(all[new Oid(element)], maxDiscrete));
        return all;
    }

    /// <summary>The built-in ranges; the last item is a bound that no step may reach, 0 for continuous ranges.</summary>
    private static readonly (uint Type, uint Array, uint Element, long MaxDiscrete)[] Ranges =
    [
        (3904, 3905, PgType.Int4, int.MaxValue),
        (3926, 3927, PgType.Int8, long.MaxValue),
        (3912, 3913, PgType.Date, 2_000_000_000),
        (3906, 3907, PgType.Numeric, 0),
        (3908, 3909, PgType.Timestamp, 0),
        (3910, 3911, PgType.TimestampTz, 0),
    ];

    private static void Add(Dictionary<Oid, IKeyHasher> all, uint type, uint array, IKeyHasher hasher)
    {
        all.Add(new Oid(type), hasher);
        all.Add(new Oid(array), new ArrayKeyHasher(type, hasher));
    }

    private static IEnumerable<(uint Type, uint Array, IKeyHasher Hasher)> Scalars()
    {
        yield return (PgType.Bool, 1000, new Int64KeyHasher(new BooleanFormat()));
        yield return (PgType.Bytea, 1001, new ByteaKeyHasher());
        yield return (PgType.Char, 1002, new Int64KeyHasher(new CharFormat()));
        yield return (PgType.Name, 1003, new NameKeyHasher());
        yield return (PgType.Int8, 1016, new Int64KeyHasher(new IntegerFormat(8, "bigint")));
        yield return (PgType.Int2, 1005, new Int64KeyHasher(new IntegerFormat(2, "smallint")));
        yield return (PgType.Int4, 1007, new Int64KeyHasher(new IntegerFormat(4, "integer")));
        yield return (PgType.Text, 1009, new TextKeyHasher());
        yield return (PgType.Varchar, 1015, new TextKeyHasher());
        yield return (PgType.Bpchar, 1014, new BpcharKeyHasher());
        yield return (PgType.Tid, 1010, new TidKeyHasher());
        yield return (PgType.Xid, 1011, new Int64KeyHasher(new UnsignedFormat(4)));
        yield return (PgType.Cid, 1012, new Int64KeyHasher(new UnsignedFormat(4)));
        yield return (PgType.Xid8, 271, new Int64KeyHasher(new UnsignedFormat(8)));
        yield return (PgType.Float4, 1021, new FloatKeyHasher(isSingle: true));
        yield return (PgType.Float8, 1022, new FloatKeyHasher(isSingle: false));
        yield return (PgType.Macaddr, 1040, new MacAddressKeyHasher(6));
        yield return (PgType.Macaddr8, 775, new MacAddressKeyHasher(8));
        yield return (PgType.Inet, 1041, new InetKeyHasher(isCidr: false));
        yield return (PgType.Cidr, 651, new InetKeyHasher(isCidr: true));
        yield return (PgType.Date, 1182, new Int64KeyHasher(new DateFormat()));
        yield return (PgType.Time, 1183, new Int64KeyHasher(new TimeFormat()));
        yield return (PgType.TimeTz, 1270, new TimeWithZoneKeyHasher());
        yield return (PgType.Timestamp, 1115, new Int64KeyHasher(new TimestampFormat(withZone: false)));
        yield return (PgType.TimestampTz, 1185, new Int64KeyHasher(new TimestampFormat(withZone: true)));
        yield return (PgType.Interval, 1187, new Int64KeyHasher(new IntervalFormat()));
        yield return (PgType.Numeric, 1231, new NumericKeyHasher());
        yield return (PgType.Uuid, 2951, new UuidKeyHasher());
        yield return (PgType.PgLsn, 3221, new Int64KeyHasher(new LsnFormat()));

        // oid, and the aliases that are hashed as it.
        (uint Type, uint Array)[] oids =
        [
            (26, 1028), (24, 1008), (2202, 2207), (2203, 2208), (2204, 2209), (2205, 2210), (2206, 2211),
            (3734, 3735), (3769, 3770), (4089, 4090), (4096, 4097), (4191, 4192),
        ];
        foreach (var (type, array) in oids)
            yield return (type, array, new Int64KeyHasher(new UnsignedFormat(4)));
    }
}
