using Tangelo.Execution.Results;

namespace Tangelo.Execution.Explain;

/// <summary>The text of what each task answers, one list of lines per task; for results of one column in text form.</summary>
internal sealed class TaskRowsSink : RowSink
{
    private RowListSink _current = new();

    public override bool TakesPieces => false;

    /// <summary>The lines of the tasks that have ended, in their order.</summary>
    public List<List<string>> Tasks { get; } = [];

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation) =>
        _current.WriteAsync(messages, cancellation);

    public override void TaskCompleted()
    {
        Tasks.Add(ReadLines(_current));
        _current = new RowListSink();
    }

    /// <summary>The lines of an EXPLAIN: a row for each in text format, all in one row in the others.</summary>
    public static List<string> ReadLines(RowListSink rows) =>
        [.. rows.ReadText().SelectMany(row => (row[0] ?? "").Split('\n'))];
}
