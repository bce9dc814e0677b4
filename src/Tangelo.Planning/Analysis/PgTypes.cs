using System.Collections.Frozen;
using Tangelo.Core;

namespace Tangelo.Planning.Analysis;

/// <summary>Built-in types that the planner reasons about, by OID (the same in every server).</summary>
internal static class PgTypes
{
    internal static readonly Oid Unknown = new(0);
    internal static readonly Oid Bool = new(16);
    internal static readonly Oid Int8 = new(20);
    internal static readonly Oid Int2 = new(21);
    internal static readonly Oid Int4 = new(23);
    internal static readonly Oid Text = new(25);
    internal static readonly Oid Json = new(114);
    internal static readonly Oid Jsonb = new(3802);
    internal static readonly Oid Float4 = new(700);
    internal static readonly Oid Float8 = new(701);
    internal static readonly Oid UnknownLiteral = new(705);
    internal static readonly Oid Money = new(790);
    internal static readonly Oid TextArray = new(1009);
    internal static readonly Oid Bpchar = new(1042);
    internal static readonly Oid Varchar = new(1043);
    internal static readonly Oid Date = new(1082);
    internal static readonly Oid Timestamp = new(1114);
    internal static readonly Oid TimestampTz = new(1184);
    internal static readonly Oid Interval = new(1186);
    internal static readonly Oid Numeric = new(1700);
    internal static readonly Oid Uuid = new(2950);

    private static readonly FrozenDictionary<uint, string> NamesByOid = new Dictionary<uint, string>
    {
        [16] = "boolean",
        [17] = "bytea",
        [18] = "\"char\"",
        [19] = "name",
        [20] = "bigint",
        [21] = "smallint",
        [23] = "integer",
        [25] = "text",
        [26] = "oid",
        [114] = "json",
        [142] = "xml",
        [600] = "point",
        [650] = "cidr",
        [700] = "real",
        [701] = "double precision",
        [774] = "macaddr8",
        [790] = "money",
        [829] = "macaddr",
        [869] = "inet",
        [1042] = "bpchar",
        [1043] = "varchar",
        [1082] = "date",
        [1083] = "time",
        [1114] = "timestamp",
        [1184] = "timestamptz",
        [1186] = "interval",
        [1266] = "timetz",
        [1560] = "bit",
        [1562] = "varbit",
        [1700] = "numeric",
        [2950] = "uuid",
        [3802] = "jsonb",
        [3614] = "tsvector",
        [3615] = "tsquery",
        [4072] = "jsonpath",
        [1000] = "boolean[]",
        [1001] = "bytea[]",
        [1005] = "smallint[]",
        [1007] = "integer[]",
        [1009] = "text[]",
        [1014] = "bpchar[]",
        [1015] = "varchar[]",
        [1016] = "bigint[]",
        [1021] = "real[]",
        [1022] = "double precision[]",
        [1115] = "timestamp[]",
        [1182] = "date[]",
        [1185] = "timestamptz[]",
        [1187] = "interval[]",
        [1231] = "numeric[]",
        [2951] = "uuid[]",
        [199] = "json[]",
        [3807] = "jsonb[]",
    }.ToFrozenDictionary();

    // As the grammar leaves them: pg_catalog's short names, and the common names users write.
    private static readonly FrozenDictionary<string, Oid> OidsByName = new Dictionary<string, Oid>
    {
        ["bool"] = Bool,
        ["boolean"] = Bool,
        ["int2"] = Int2,
        ["int4"] = Int4,
        ["int8"] = Int8,
        ["text"] = Text,
        ["float4"] = Float4,
        ["float8"] = Float8,
        ["bpchar"] = Bpchar,
        ["varchar"] = Varchar,
        ["date"] = Date,
        ["timestamp"] = Timestamp,
        ["timestamptz"] = TimestampTz,
        ["interval"] = Interval,
        ["numeric"] = Numeric,
        ["uuid"] = Uuid,
        ["money"] = Money,
        ["json"] = Json,
        ["jsonb"] = Jsonb,
        ["bytea"] = new(17),
        ["time"] = new(1083),
        ["timetz"] = new(1266),
        ["inet"] = new(869),
        ["cidr"] = new(650),
        ["macaddr"] = new(829),
        ["name"] = new(19),
        ["oid"] = new(26),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<uint, uint> ElementsByArray = new Dictionary<uint, uint>
    {
        [1000] = 16,
        [1005] = 21,
        [1007] = 23,
        [1009] = 25,
        [1014] = 1042,
        [1015] = 1043,
        [1016] = 20,
        [1021] = 700,
        [1022] = 701,
        [1115] = 1114,
        [1182] = 1082,
        [1185] = 1184,
        [1231] = 1700,
        [2951] = 2950,
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<uint, uint> ArraysByElement = ElementsByArray.ToFrozenDictionary(a => a.Value, a => a.Key);

    /// <summary>A name that means the type in any session, or null for a type that is not built in.</summary>
    internal static string? NameOf(Oid type) => NamesByOid.GetValueOrDefault(type.Value);

    /// <summary>The OID of a type as the parser names it, or 0.</summary>
    internal static Oid OidOf(string name) => OidsByName.GetValueOrDefault(name);

    /// <summary>The element type of an array type, or 0.</summary>
    internal static Oid ElementOf(Oid array) => new(ElementsByArray.GetValueOrDefault(array.Value));

    /// <summary>The type of arrays of a type, or 0.</summary>
    internal static Oid ArrayOf(Oid element) => new(ArraysByElement.GetValueOrDefault(element.Value));

    /// <summary>True when equal values of both types have the same hash, as PostgreSQL's hash joins need it, too.</summary>
    internal static bool HashAlike(Oid left, Oid right) =>
        left.Value != 0 && (left == right || (IsInteger(left) && IsInteger(right)) || (IsText(left) && IsText(right)));

    internal static bool IsInteger(Oid type) => type == Int2 || type == Int4 || type == Int8;

    internal static bool IsText(Oid type) => type == Text || type == Varchar;
}
