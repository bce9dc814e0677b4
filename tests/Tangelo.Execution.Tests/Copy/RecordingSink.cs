using System.Text;
using Tangelo.Core;
using Tangelo.Execution.Copy;

namespace Tangelo.Execution.Tests.Copy;

/// <summary>Writes down what a splitter finds.</summary>
public sealed class RecordingSink : ICopyRowSink
{
    public List<string> Rows { get; } = [];

    /// <summary>What the splitter says to <paramref name="data"/> when it comes in chunks that end at <paramref name="cuts"/>.</summary>
    public static string Run(CopyLayout layout, byte[] data, params int[] cuts)
    {
        var sink = new RecordingSink();
        using var splitter = CopySplitter.Create(layout);
        try
        {
            var start = 0;
            foreach (var cut in cuts.Append(data.Length))
            {
                splitter.Feed(data.AsSpan(start..cut), sink);
                start = cut;
            }

            splitter.Complete(sink);
        }
        catch (PgException e)
        {
            sink.Rows.Add($"{e.Code} {e.Message} {e.Error.Where}");
        }

        return string.Join("\n", sink.Rows);
    }

    public void Row(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> key, bool keyIsNull, long lineNumber) =>
        Rows.Add($"{lineNumber} [{Encoding.Latin1.GetString(raw)}] {(keyIsNull ? "NULL" : "[" + Encoding.Latin1.GetString(key) + "]")}");

    public void BadRow(ReadOnlySpan<byte> raw, PgException error, long lineNumber) =>
        Rows.Add($"{lineNumber} bad [{Encoding.Latin1.GetString(raw)}]");
}
