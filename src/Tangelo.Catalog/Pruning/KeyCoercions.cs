using Tangelo.Catalog.Hashing;
using Tangelo.Core;

namespace Tangelo.Catalog.Pruning;

/// <summary>
/// Which values of other types are keys of a column without PostgreSQL's help: those whose conversion loses nothing and depends
/// on nothing of the session.
/// </summary>
internal static class KeyCoercions
{
    /// <summary>What hashes a value of <paramref name="valueType"/> as the column would hold it, or null: ask PostgreSQL.</summary>
    public static IKeyHasher? Between(Oid columnType, Oid valueType)
    {
        if (columnType == valueType || valueType.Value is PgType.Unspecified or PgType.Unknown)
            return KeyHashers.For(columnType);

        return (columnType.Value, valueType.Value) switch
        {
            // Hashed by value: the narrower type's hash is the wider one's.
            (PgType.Int2 or PgType.Int4 or PgType.Int8, PgType.Int2 or PgType.Int4 or PgType.Int8) => KeyHashers.For(valueType),
            (PgType.Oid, PgType.Int4) => KeyHashers.For(valueType),
            (PgType.Float8, PgType.Float4) => KeyHashers.For(valueType),
            (PgType.Inet, PgType.Cidr) => KeyHashers.For(valueType),

            // Trailing blanks end where a bpchar is compared with another string.
            (PgType.Text or PgType.Varchar, PgType.Text or PgType.Varchar) => KeyHashers.For(columnType),
            (PgType.Text or PgType.Varchar, PgType.Bpchar) => KeyHashers.For(valueType),
            (PgType.Bpchar, PgType.Text or PgType.Varchar) => KeyHashers.For(columnType),
            (PgType.Name, PgType.Text or PgType.Varchar) => KeyHashers.For(columnType),
            (PgType.Macaddr8, PgType.Macaddr) => KeyHashers.For(columnType),

            (PgType.Numeric, PgType.Int2 or PgType.Int4 or PgType.Int8) => new IntegerAsNumeric(valueType),
            (PgType.Float8, PgType.Int2 or PgType.Int4 or PgType.Int8) => new IntegerAsDouble(valueType),
            (PgType.Timestamp, PgType.Date) => DateAsTimestamp.Instance,
            _ => null,
        };
    }
}
