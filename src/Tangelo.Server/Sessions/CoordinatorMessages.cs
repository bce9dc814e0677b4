using System.Text.RegularExpressions;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Errors and notices of the coordinator as a PostgreSQL without Tangelo would word them: its foreign tables, its trigger and the
/// shards of the coordinator are in no list and no count, and a foreign child goes by the name of its table.
/// </summary>
internal static partial class CoordinatorMessages
{
    private const string Dependent = " depends on ";
    private const string Cascades = "drop cascades to ";

    /// <summary>A cheap test: false for a message body that <see cref="Clean"/> would leave as it is.</summary>
    public static bool MayHoldOwn(ReadOnlySpan<byte> body) =>
        body.IndexOf("tangelo_"u8) >= 0 || body.IndexOf("depends on "u8) >= 0 || body.IndexOf("drop cascades to "u8) >= 0 || body.IndexOf("function "u8) >= 0
        || body.IndexOf("arbiter index"u8) >= 0 || body.IndexOf("ON CONFLICT specification"u8) >= 0
        || body.IndexOf("skipped scanning"u8) >= 0 || body.IndexOf("foreign table "u8) >= 0 || body.IndexOf(" not found in partition "u8) >= 0 || body.IndexOf("column \""u8) >= 0 || body.IndexOf("materialized view"u8) >= 0
        || body.IndexOf("WHERE CURRENT OF"u8) >= 0;

    /// <summary>The message for the client, or null for a notice that only speaks of Tangelo's objects.</summary>
    public static PgError? Clean(PgError message, ClusterMap map)
    {
        var isNotice = message.Severity is "NOTICE" or "INFO";
        if (isNotice && (IsOwn(message.Message, map) || (message.Message.EndsWith(", skipping", StringComparison.Ordinal) && OwnName().IsMatch(message.Message))))
            return null;

        // The default partition of a distributed table is a foreign table here; the shards do look into theirs.
        if (message is { Severity: "WARNING", Code: "23514" } && message.Message.StartsWith("skipped scanning foreign table ", StringComparison.Ordinal))
            return null;

        // So are all partitions; VACUUM comes to their shards.
        if (message.Severity == "WARNING" && NotVacuumed().Match(message.Message) is { Success: true } skipped
            && map.Tables.Any(t => t.IsPartition && t.Name == skipped.Groups[1].Value))
            return null;
        var cleaned = Lists(message.Detail) ? WithoutOwnLines(message, map) : message;
        if (cleaned is null)
            return null;
        var renamed = cleaned with
        {
            Where = OwnFrames.Remove(cleaned.Where),
            Message = NamePartitions(NameViews(WithoutShards(Rename(cleaned.Message, map), map)!, map), map)!,
            Detail = NamePartitions(NameViews(Rename(cleaned.Detail, map), map), map),
            Table = WithoutShards(Rename(cleaned.Table, map), map),
        };
        if (renamed.Code == SqlState.FeatureNotSupported && NotMaterialized().Match(renamed.Message) is { Success: true } refused
            && map.Tables.Any(t => t.IsMaterializedView && t.Name == refused.Groups[1].Value))
        {
            renamed = renamed with
            {
                Message = $"cannot refresh distributed materialized view \"{refused.Groups[1].Value}\" inside of a function",
                Hint = "Send REFRESH MATERIALIZED VIEW from the client, or use DELETE and INSERT.",
            };
        }

        if (renamed is { Code: SqlState.FeatureNotSupported, Message: "WHERE CURRENT OF is not supported for this table type" })
            renamed = renamed with { Message = "WHERE CURRENT OF is not supported on distributed tables", Hint = "Name the row by its key." };

        // PostgreSQL does not expect a foreign partition that has no index under the table's.
        if (renamed.Code == "XX000" && (renamed.Message == "invalid arbiter index list" || renamed.Message.StartsWith("unexpected ON CONFLICT specification", StringComparison.Ordinal)))
        {
            renamed = renamed with
            {
                Code = SqlState.FeatureNotSupported,
                Message = "ON CONFLICT with columns or DO UPDATE is not supported on distributed partitioned tables inside of the coordinator",
                Hint = "Send the INSERT by itself, or use ON CONFLICT DO NOTHING without columns.",
            };
        }

        // Nor under a key that refers to the table.
        if (renamed.Code == "XX000" && renamed.Message.StartsWith("index for ", StringComparison.Ordinal) && renamed.Message.Contains(" not found in partition ", StringComparison.Ordinal))
        {
            renamed = renamed with
            {
                Code = SqlState.FeatureNotSupported,
                Message = "this statement cannot make foreign keys to distributed partitioned tables",
                Hint = "Use CREATE TABLE or ALTER TABLE by itself.",
            };
        }

        return renamed == message ? message : renamed;
    }

    private static bool Lists(string? detail) =>
        detail is not null && (detail.Contains(Dependent, StringComparison.Ordinal) || detail.StartsWith(Cascades, StringComparison.Ordinal) || IsOfRole(detail));

    // What keeps a role from being dropped.
    private static bool IsOfRole(string line) => line.StartsWith("owner of ", StringComparison.Ordinal) || line.StartsWith("privileges for ", StringComparison.Ordinal);

    private static PgError? WithoutOwnLines(PgError message, ClusterMap map)
    {
        var lines = message.Detail!.Split('\n');
        var kept = lines.Where(l => !IsOwn(l, map)).ToArray();
        if (kept.Length == lines.Length)
            return message;

        // PostgreSQL lists a hundred objects and counts them all.
        var detail = kept.Length == 0 ? null : string.Join('\n', kept);
        if (CascadeCount().Match(message.Message) is not { Success: true } count)
            return message with { Detail = detail };
        var rest = int.Parse(count.Groups[1].ValueSpan) - (lines.Length - kept.Length);
        return rest switch
        {
            <= 0 => null,
            1 => message with { Message = kept[0], Detail = null },
            _ => message with { Message = $"{Cascades}{rest} other objects", Detail = detail },
        };
    }

    /// <summary>True for "drop cascades to X" and "X depends on Y" when X is Tangelo's.</summary>
    private static bool IsOwn(string line, ClusterMap map)
    {
        if (OwnObject().IsMatch(line))
            return true;
        var end = line.IndexOf(Dependent, StringComparison.Ordinal);
        if (end < 0 && !line.StartsWith(Cascades, StringComparison.Ordinal) && !IsOfRole(line))
            return false;
        return ShardNameText.Find(end < 0 ? line : line[..end], map).Any(n => n.IsTable);
    }

    // Copies of reference tables, and shards, may be on the coordinator itself.
    private static string? WithoutShards(string? text, ClusterMap map)
    {
        foreach (var shard in ShardNameText.Find(text ?? "", map).Where(n => n.IsTable).Reverse())
            text = string.Concat(text.AsSpan(0, shard.Start), shard.Known, text.AsSpan(shard.End));
        return text;
    }

    private static string? Rename(string? text, ClusterMap map) =>
        text is null || !text.Contains("tangelo_", StringComparison.Ordinal)
            ? text
            : OwnName().Replace(text, m => uint.TryParse(m.Groups["oid"].ValueSpan, out var oid) && map.Find(new Oid(oid)) is { } table
                ? (m.Groups["kind"].Success ? "table " : "") + m.Groups["quote"].Value + table.Name + m.Groups["quote"].Value
                : m.Value);

    // The coordinator has a table in the place of a distributed materialized view.
    private static string? NameViews(string? text, ClusterMap map)
    {
        if (text is null || !text.Contains("table ", StringComparison.Ordinal))
            return text;
        foreach (var view in map.Tables.Where(t => t.IsMaterializedView && text.Contains(t.Name, StringComparison.Ordinal)))
        {
            var name = $"(?:\"?{Regex.Escape(view.Schema)}\"?\\.)?\"?{Regex.Escape(view.Name)}\"?";
            text = Regex.Replace(
                text, $"\\btable (?={name}(?: depends on | because other |$))", "materialized view ", RegexOptions.Multiline | RegexOptions.CultureInvariant);
        }

        return text;
    }

    // It has a foreign table in the place of a partition.
    private static string? NamePartitions(string? text, ClusterMap map)
    {
        if (text is null || !text.Contains("foreign table ", StringComparison.Ordinal))
            return text;
        foreach (var partition in map.Tables.Where(t => t.IsPartition && text.Contains(t.Name, StringComparison.Ordinal)))
        {
            var name = $"(?:\"?{Regex.Escape(partition.Schema)}\"?\\.)?\"?{Regex.Escape(partition.Name)}\"?";
            text = Regex.Replace(text, $"\\bforeign table (?={name}(?:[ ,;.]|$))", "table ", RegexOptions.Multiline | RegexOptions.CultureInvariant);
        }

        return text;
    }

    [GeneratedRegex("^skipping \"(.+)\" --- cannot vacuum non-tables or special system tables$", RegexOptions.CultureInvariant)]
    private static partial Regex NotVacuumed();

    [GeneratedRegex("^\"(.+)\" is not a materialized view$", RegexOptions.CultureInvariant)]
    private static partial Regex NotMaterialized();

    [GeneratedRegex(@"^drop cascades to ([0-9]+) other objects$", RegexOptions.CultureInvariant)]
    private static partial Regex CascadeCount();

    [GeneratedRegex(@"\bforeign table tangelo_[0-9]+\b|\btrigger (?:tangelo_forward|[!~]?tangelo_upsert_[a-z_]+|""?[!~]tangelo_(?:stage|move)_[a-z0-9_]+""?) on |\btable tangelo_stage_[ud][0-9]+\b|\bserver tangelo_loopback\b|\bfunction ""?tangelo_(?:[tank]|[cr][ud]|m[di])[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex OwnObject();

    [GeneratedRegex("(?<kind>foreign table )?(?<quote>\"?)\\btangelo_(?:(?<oid>[0-9]+)|forward)\\b\"?", RegexOptions.CultureInvariant)]
    private static partial Regex OwnName();
}
