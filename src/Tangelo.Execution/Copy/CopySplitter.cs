using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>
/// Cuts the data of a COPY FROM into rows and finds each row's distribution key. Sans I/O: chunks may end anywhere, in the
/// middle of a row, a quote or an escape. Besides the row that is being put together it holds nothing.
/// What is wrong with the data as such is thrown as a PgException with PostgreSQL's code, text and CONTEXT, after all rows
/// before it have been given to the sink.
/// </summary>
public abstract class CopySplitter : IDisposable
{
    /// <summary>The splitter for the format of <paramref name="layout"/>.</summary>
    public static CopySplitter Create(CopyLayout layout) => layout.Options.Format switch
    {
        CopyFormat.Text => new TextCopySplitter(layout),
        CopyFormat.Csv => new CsvCopySplitter(layout),
        _ => new BinaryCopySplitter(layout),
    };

    /// <summary>The number of the line (or tuple) that is being read, as PostgreSQL counts.</summary>
    public abstract long CurrentLine { get; }

    /// <summary>Takes the next bytes. The sink is called for every row that is complete.</summary>
    public abstract void Feed(ReadOnlySpan<byte> chunk, ICopyRowSink sink);

    /// <summary>The client said CopyDone: what is left is the last row.</summary>
    public abstract void Complete(ICopyRowSink sink);

    /// <inheritdoc/>
    public abstract void Dispose();
}
