namespace Tangelo.Harness.Wire;

/// <summary>All that came back for one round of messages up to ReadyForQuery.</summary>
internal sealed class Transcript
{
    public List<StatementReply> Replies { get; } = [];

    public List<WireNotice> Notices { get; } = [];

    /// <summary>ParameterStatus messages; the last value of each setting counts.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>NotificationResponse as channel and payload.</summary>
    public List<string> Notifications { get; } = [];

    /// <summary>Transaction status of ReadyForQuery: I, T or E.</summary>
    public char Status { get; set; }

    public WireNotice? FirstError => Replies.FirstOrDefault(r => r.Error is not null)?.Error;

    public override string ToString() => string.Join("\n", Replies) + $" [{Status}]";
}
