using System.Diagnostics;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Links;

/// <summary>A pooled backend of the coordinator, and what sessions have left on it. One holder at a time.</summary>
internal sealed class CoordinatorLink(BackendConnection connection, LinkKey key) : IDisposable
{
    public BackendConnection Connection => connection;

    public LinkKey Key => key;

    /// <summary>Who had it last.</summary>
    public LinkLease? LastHolder { get; set; }

    /// <summary>The settings that are laid on it, all others being those of its start.</summary>
    public SessionSettings Settings { get; set; } = SessionSettings.Default;

    /// <summary>The names of settings with a dot that it knows: they stay known, with an empty value, when they are reset.</summary>
    public HashSet<string> CustomSettings { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The statements that clients have prepared on it by Parse, as it was told them.</summary>
    public Dictionary<string, LinkedStatement> Statements { get; } = [];

    /// <summary>When it was last given back, as a Stopwatch time stamp.</summary>
    public long IdleSince { get; set; } = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public void Dispose() => connection.Dispose();
}

/// <summary>A statement of a client's as the link was told it.</summary>
/// <param name="Text">In the session's encoding.</param>
/// <param name="Types">The declared types of its parameters.</param>
internal sealed record LinkedStatement(byte[] Text, uint[] Types)
{
    /// <summary>The settings in force when the link was given back with it: names in its text mean what they meant then.</summary>
    public string Settings { get; init; } = "";

    /// <summary>The rows it gave when it was prepared: a RowDescription's body, empty for none; null where nobody knows.</summary>
    public byte[]? Rows { get; init; }

    /// <summary>True when the link makes the same of both.</summary>
    public bool IsSame(LinkedStatement other) => (Rows is null ? other.Rows is null : other.Rows is not null && Rows.AsSpan().SequenceEqual(other.Rows)) && Settings == other.Settings && Text.AsSpan().SequenceEqual(other.Text) && Types.AsSpan().SequenceEqual(other.Types);
}
