using System.Collections.Frozen;
using Tangelo.Core;

namespace Tangelo.Catalog.Hashing;

/// <summary>The hash functions of PostgreSQL's built-in types, and the SQL that asks PostgreSQL for all others.</summary>
public static class KeyHashers
{
    private static readonly FrozenDictionary<Oid, IKeyHasher> ByType = BuiltInHashers.All().ToFrozenDictionary();

    /// <summary>The types that are hashed here.</summary>
    public static IEnumerable<Oid> Types => ByType.Keys;

    /// <summary>
    /// The hasher of <paramref name="type"/>, or null: ask PostgreSQL with <see cref="HashSql"/> (enums, domains, composite
    /// types, multiranges, types of extensions). Text types are hashed as under a deterministic collation.
    /// </summary>
    public static IKeyHasher? For(Oid type) => ByType.GetValueOrDefault(type);

    /// <summary>
    /// An int4 expression of SQL: the hash that the default hash operator class of the type of <paramref name="expression"/>
    /// gives, 0 for NULL. A type without one raises 42883. For enums and for records that hold them the result depends on OIDs:
    /// it is what the ring means on the coordinator only.
    /// </summary>
    /// <remarks>hash_record starts at 0 and adds the hash of its only field: it is that hash, whatever the type.</remarks>
    public static string HashExpression(string expression) => $"pg_catalog.hash_record(ROW({expression}))";

    /// <summary>
    /// A query with one parameter, the key in its text or binary form, that gives its hash. <paramref name="typeName"/> is as
    /// <c>format_type</c> writes it; with a modifier, the key is coerced to it first, as storing it would.
    /// </summary>
    public static string HashSql(string typeName) => $"SELECT {HashExpression($"$1::{typeName}")}";

    /// <summary>Like <see cref="HashSql"/> for many keys at once: the parameter is a text[], the rows come in its order.</summary>
    public static string HashManySql(string typeName) =>
        $"SELECT {HashExpression($"k::{typeName}")} FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS u(k, n) ORDER BY n";

    /// <summary>Like <see cref="HashSql"/> for many keys at once: the parameter is a bytea[] with texts in <paramref name="encoding"/>, the rows come in its order.</summary>
    public static string HashManySql(string typeName, string encoding) =>
        $"SELECT {HashExpression($"pg_catalog.convert_from(k, '{encoding.Replace("'", "''", StringComparison.Ordinal)}')::{typeName}")} FROM pg_catalog.unnest($1::pg_catalog.bytea[]) WITH ORDINALITY AS u(k, n) ORDER BY n";
}
