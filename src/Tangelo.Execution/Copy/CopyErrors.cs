using System.Text;
using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>Errors in COPY data, worded as PostgreSQL does.</summary>
internal static class CopyErrors
{
    private const int MaxShownBytes = 100;

    /// <summary>A format error on a line as a whole.</summary>
    public static PgException BadFormat(string table, long line, string message, string? hint = null) =>
        new(new PgError { Code = SqlState.BadCopyFileFormat, Message = message, Hint = hint, Where = AtLine(table, line) });

    /// <summary>A format error on a line whose text is shown.</summary>
    public static PgException BadLine(string table, long line, ReadOnlySpan<byte> row, string message) =>
        new(new PgError { Code = SqlState.BadCopyFileFormat, Message = message, Where = $"{AtLine(table, line)}: \"{Shown(row)}\"" });

    /// <summary>A format error in one column of a binary tuple.</summary>
    public static PgException BadColumn(string table, long line, string column, string message) =>
        new(new PgError { Code = SqlState.BadCopyFileFormat, Message = message, Where = $"{AtLine(table, line)}, column {column}" });

    /// <summary>The CONTEXT of an error in a line.</summary>
    public static string AtLine(string table, long line) => $"COPY {table}, line {line}";

    /// <summary>At most 100 bytes of data, cut between characters, as PostgreSQL shows it in a CONTEXT.</summary>
    public static string Shown(ReadOnlySpan<byte> data)
    {
        if (data.Length <= MaxShownBytes)
            return Encoding.UTF8.GetString(data);

        var end = MaxShownBytes;
        while (end > 0 && (data[end] & 0xC0) == 0x80)
            end--;
        return Encoding.UTF8.GetString(data[..end]) + "...";
    }
}
