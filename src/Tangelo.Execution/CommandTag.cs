using System.Buffers.Text;

namespace Tangelo.Execution;

/// <summary>Command tags, as CommandComplete carries them.</summary>
public static class CommandTag
{
    /// <summary>The number at the end of a CommandComplete body, 0 without one.</summary>
    public static long RowCount(ReadOnlySpan<byte> body)
    {
        var tag = body[..^1];
        var digits = tag[(tag.LastIndexOf((byte)' ') + 1)..];
        return Utf8Parser.TryParse(digits, out long count, out var used) && used == digits.Length ? count : 0;
    }

    /// <summary>The tag of a statement kind.</summary>
    public static string For(Planning.Plans.StatementKind kind, long rows) => kind switch
    {
        Planning.Plans.StatementKind.Select => $"SELECT {rows}",
        Planning.Plans.StatementKind.Insert => $"INSERT 0 {rows}",
        Planning.Plans.StatementKind.Update => $"UPDATE {rows}",
        Planning.Plans.StatementKind.Delete => $"DELETE {rows}",
        Planning.Plans.StatementKind.Merge => $"MERGE {rows}",
        Planning.Plans.StatementKind.Truncate => "TRUNCATE TABLE",
        _ => "",
    };
}
