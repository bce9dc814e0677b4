using System.Text;
using Tangelo.Core;

namespace Tangelo.Catalog;

/// <summary>Names of shards and of what belongs to a shard, and the quoting of identifiers.</summary>
public static class ShardNames
{
    /// <summary>The longest identifier PostgreSQL keeps, in bytes (NAMEDATALEN - 1).</summary>
    public const int MaxIdentifierBytes = 63;

    /// <summary>A name of fewer bytes is never cut, whatever the shard's number.</summary>
    private const int LongNameBytes = 44;

    /// <summary>
    /// <paramref name="name"/>_<paramref name="shard"/>. A name that would pass 63 bytes is cut and carries a hash of the
    /// whole, so that two long names stay different.
    /// </summary>
    public static string Extend(string name, ShardId shard)
    {
        var suffix = "_" + shard;
        var bytes = Encoding.UTF8.GetByteCount(name);
        if (bytes + suffix.Length <= MaxIdentifierBytes)
            return name + suffix;

        var hash = $"_{Fnv1a(name):x8}";
        var room = MaxIdentifierBytes - suffix.Length - hash.Length;
        var cut = new StringBuilder();
        foreach (var rune in name.EnumerateRunes())
        {
            if ((room -= rune.Utf8SequenceLength) < 0)
                break;
            cut.Append(rune.ToString());
        }

        return cut + hash + suffix;
    }

    /// <summary>True for a name that <see cref="Extend"/> may cut.</summary>
    public static bool IsLong(string name) => Encoding.UTF8.GetByteCount(name) >= LongNameBytes;

    /// <summary>The identifier, always in double quotes: valid whatever it holds.</summary>
    public static string Quote(string identifier) => "\"" + identifier.Replace("\"", "\"\"") + "\"";

    /// <summary>schema.name, both quoted.</summary>
    public static string QuoteQualified(string schema, string name) => Quote(schema) + "." + Quote(name);

    /// <summary>The text as a string literal, valid whatever standard_conforming_strings says.</summary>
    public static string Literal(string text) =>
        text.Contains('\\') ? " E'" + text.Replace("\\", "\\\\").Replace("'", "''") + "'" : "'" + text.Replace("'", "''") + "'";

    /// <summary>The literal of an array of the texts.</summary>
    public static string Array(IEnumerable<string> texts) =>
        Literal("{" + string.Join(",", texts.Select(t => "\"" + t.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"")) + "}");

    private static uint Fnv1a(string name)
    {
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ b) * 16777619u;
        return hash;
    }
}
