using System.Collections.Frozen;
using Tangelo.Core;

namespace Tangelo.Execution.Recursive;

/// <summary>
/// Built-in types whose binary form means the same on every server, with names that mean them in any session. Values of other types (a user's
/// enum, an array, a composite) go through intermediate results as text.
/// </summary>
internal static class BinaryTypes
{
    private static readonly FrozenDictionary<uint, string> Names = new Dictionary<uint, string>
    {
        [16] = "boolean",
        [17] = "bytea",
        [20] = "bigint",
        [21] = "smallint",
        [23] = "integer",
        [25] = "text",
        [114] = "json",
        [650] = "cidr",
        [700] = "real",
        [701] = "double precision",
        [790] = "money",
        [869] = "inet",
        [1042] = "bpchar",
        [1043] = "varchar",
        [1082] = "date",
        [1083] = "time",
        [1114] = "timestamp",
        [1184] = "timestamptz",
        [1186] = "interval",
        [1266] = "timetz",
        [1700] = "numeric",
        [2950] = "uuid",
        [3802] = "jsonb",
    }.ToFrozenDictionary();

    /// <summary>The name, or null for a type of another kind.</summary>
    public static string? NameOf(Oid type) => Names.GetValueOrDefault(type.Value);
}
