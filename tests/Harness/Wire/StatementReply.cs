using System.Text;

namespace Tangelo.Harness.Wire;

/// <summary>What a server answered to one statement: everything between two ends (tag, error, suspension, empty query).</summary>
internal sealed class StatementReply
{
    public const string SuspendedTag = "(portal suspended)";
    public const string EmptyTag = "(empty query)";

    public List<WireField>? Fields { get; set; }

    /// <summary>Type OIDs of the parameters, when the statement was described.</summary>
    public List<uint>? ParameterTypes { get; set; }

    public List<byte[]?[]> Rows { get; } = [];

    /// <summary>The bytes of COPY TO STDOUT, null when there was none.</summary>
    public MemoryStream? CopyOut { get; set; }

    /// <summary>Overall format byte of a CopyInResponse or CopyOutResponse.</summary>
    public byte? CopyFormat { get; set; }

    public string? Tag { get; set; }

    public WireNotice? Error { get; set; }

    public bool IsEnded => Tag is not null || Error is not null;

    public override string ToString()
    {
        if (Error is not null)
            return Error.ToString();
        var text = new StringBuilder(Tag ?? "(no end)");
        foreach (var row in Rows.Take(6))
            text.Append(" | ").AppendJoin(',', row.Select(v => v is null ? "NULL" : Encoding.UTF8.GetString(v)));
        if (Rows.Count > 6)
            text.Append(" | ...");
        return text.ToString();
    }
}
