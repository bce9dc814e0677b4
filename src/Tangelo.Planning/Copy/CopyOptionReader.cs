using System.Globalization;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Planning.Explain;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Copy;

/// <summary>Reads the options of a COPY. The grammar turns the old syntax into the same list.</summary>
internal static class CopyOptionReader
{
    private const string AppendToShard = "append_to_shard";

    /// <summary>True for an option that PostgreSQL does not know.</summary>
    internal static bool IsOwn(string name) => name == AppendToShard || IsMaster(name);

    /// <summary>The options, or null when one of them is not known (PostgreSQL then says what is wrong).</summary>
    internal static CopyOptions? Read(CopyStmt copy)
    {
        var format = CopyFormat.Text;
        string? encoding = null, delimiter = null, nullText = null, quote = null, escape = null;
        var header = CopyHeader.None;
        long? appendTo = null;
        var texts = new List<string>();
        foreach (var option in copy.Options.Select(o => o.DefElem))
        {
            var name = option.Defname.ToLowerInvariant();
            var value = OptionValues.Text(option.Arg);
            switch (name)
            {
                case "format":
                    if (!Enum.TryParse(value, ignoreCase: true, out format))
                        return null;
                    texts.Add($"FORMAT {format.ToString().ToLowerInvariant()}");
                    continue;
                case "header" when !copy.IsFrom && value?.ToLowerInvariant() == "match":
                    return null;
                case "header":
                    header = value?.ToLowerInvariant() switch
                    {
                        "match" => CopyHeader.Match,
                        var on => OptionValues.IsTrue(on) ? CopyHeader.Skip : CopyHeader.None,
                    };
                    continue;
                case "master_host" or "master_port" when copy.IsFrom && value is not null:
                    // Any router takes any COPY.
                    continue;
                case AppendToShard when copy.IsFrom:
                    appendTo = long.TryParse(value, CultureInfo.InvariantCulture, out var shard)
                        ? shard
                        : throw new PgException(SqlState.InvalidParameterValue, $"invalid value for option \"{AppendToShard}\": \"{value}\"");
                    continue;
                case "freeze":
                    // Only right for a table made in the same transaction; a hint about speed, and shards may leave it out.
                    continue;
                case "delimiter":
                    delimiter = value;
                    break;
                case "null":
                    nullText = value;
                    break;
                case "quote":
                    quote = value;
                    break;
                case "escape":
                    escape = value;
                    break;
                case "encoding":
                    encoding = value;
                    if (value is null)
                        return null;
                    continue;
                case "force_quote" or "force_not_null" or "force_null":
                    if (Columns(option.Arg) is not { } columns)
                        return null;
                    texts.Add($"{name.ToUpperInvariant()} {columns}");
                    continue;
                default:
                    return null;
            }

            if (value is null)
                return null;
            texts.Add($"{name.ToUpperInvariant()} {ShardNames.Literal(value).TrimStart()}");
        }

        var isCsv = format == CopyFormat.Csv;
        if (Byte(delimiter, isCsv ? (byte)',' : (byte)'\t') is not { } delimiterByte
            || Byte(quote, (byte)'"') is not { } quoteByte || Byte(escape, quoteByte) is not { } escapeByte)
            return null;
        return new CopyOptions(
            format, delimiterByte, nullText ?? (isCsv ? "" : "\\N"), quoteByte, escapeByte, header,
            texts.Count == 0 ? "" : $"({string.Join(", ", texts)})")
        {
            Encoding = encoding,
            AppendTo = appendTo,
        };
    }

    /// <summary>True for the options by which a COPY on a worker named the coordinator: a router needs neither.</summary>
    internal static bool IsMaster(string name) => name.ToLowerInvariant() is "master_host" or "master_port";

    /// <summary>True for an option that PostgreSQL refuses in the binary format.</summary>
    internal static bool IsOfText(string name) => name is not ("format" or "freeze" or "encoding") && !IsOwn(name);

    /// <summary>The statement without some options; null when it has none of them.</summary>
    internal static CopyStmt? Without(CopyStmt copy, Func<string, bool> isLeftOut)
    {
        if (!copy.Options.Any(o => isLeftOut(o.DefElem.Defname)))
            return null;
        var changed = copy.Clone();
        changed.Options.Clear();
        changed.Options.Add(copy.Options.Where(o => !isLeftOut(o.DefElem.Defname)).Select(o => o.Clone()));
        return changed;
    }

    /// <summary>What FORCE_NULL and FORCE_NOT_NULL say of one column.</summary>
    internal static CopyKeyNulls NullsOf(CopyStmt copy, string? column)
    {
        var nulls = CopyKeyNulls.None;
        foreach (var option in copy.Options.Select(o => o.DefElem))
        {
            if (option.Arg?.NodeCase != Node.NodeOneofCase.List || !option.Arg.List.Items.Any(i => i.String?.Sval == column))
                continue;
            nulls |= option.Defname switch
            {
                "force_null" => CopyKeyNulls.ForceNull,
                "force_not_null" => CopyKeyNulls.ForceNotNull,
                _ => CopyKeyNulls.None,
            };
        }

        return nulls;
    }

    private static string? Columns(Node? argument) => argument?.NodeCase switch
    {
        Node.NodeOneofCase.AStar => "*",
        Node.NodeOneofCase.List => $"({string.Join(", ", argument.List.Items.Select(i => ShardNames.Quote(i.String.Sval)))})",
        _ => null,
    };

    private static byte? Byte(string? text, byte standard)
    {
        if (text is null)
            return standard;
        var bytes = Encoding.UTF8.GetBytes(text);
        return bytes.Length == 1 ? bytes[0] : null;
    }
}
