using System.Buffers.Binary;
using System.Text;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Tests.Support;

namespace Tangelo.Execution.Tests.Copy;

public sealed class CopySplitterTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Chunks_may_end_anywhere(bool csv)
    {
        for (var seed = 0; seed < 4000; seed++)
        {
            var soup = new CopySoup(seed);
            var options = soup.Options(csv);
            var data = soup.Data(options, 3, 5);
            var layout = new CopyLayout("t", options, ["key", "c1", "c2"], soup.Next(3));
            var expected = RecordingSink.Run(layout, data);
            Assert.Equal(expected, RecordingSink.Run(layout, data, [.. Enumerable.Range(0, data.Length)]));
            for (var cut = 0; cut < data.Length; cut++)
                Assert.Equal(expected, RecordingSink.Run(layout, data, cut));
        }
    }

    [Fact]
    public void Binary_chunks_may_end_anywhere()
    {
        var data = Tuples([["a", null, "longer than the others"], ["", "b", ""], [null, null, null]]);
        var layout = new CopyLayout("t", CopyOptionsText.Binary(), ["c1", "c2", "c3"], 1);
        var expected = RecordingSink.Run(layout, data);
        Assert.Equal(3, expected.Split("\n").Length);
        for (var first = 0; first < data.Length; first++)
        {
            for (var second = first; second < data.Length; second++)
                Assert.Equal(expected, RecordingSink.Run(layout, data, first, second));
        }
    }

    [Theory]
    [InlineData("1,a", "1")]
    [InlineData("\"1\",a", "1")]
    [InlineData("\"1\"\"2\",a", "1\"2")]
    [InlineData("a\"b,c\"d,e", "ab,cd")]
    [InlineData("\"\",x", "")]
    public void Keys_are_unquoted(string row, string key) =>
        Assert.Equal($"1 [{row}] [{key}]", RecordingSink.Run(new CopyLayout("t", CopyOptionsText.Csv(), ["key", "c"], 0), Encoding.UTF8.GetBytes(row + "\n")));

    [Theory]
    [InlineData("\\101\\x42\\tC\\\\\tx", "AB\tC\\")]
    [InlineData("a\\\tb\tx", "a\tb")]
    [InlineData("\\x2e\tx", ".")]
    public void Keys_are_unescaped(string row, string key) =>
        Assert.Equal($"1 [{row}] [{key}]", RecordingSink.Run(new CopyLayout("t", CopyOptionsText.Text(), ["key", "c"], 0), Encoding.UTF8.GetBytes(row + "\n")));

    [Fact]
    public void A_long_row_in_small_chunks_takes_linear_time()
    {
        var data = new byte[64 << 20];
        Array.Fill(data, (byte)'a');
        data[0] = (byte)'1';
        data[1] = (byte)',';
        data[^1] = (byte)'\n';
        var sink = new LengthSink();
        using var splitter = CopySplitter.Create(new CopyLayout("t", CopyOptionsText.Csv(), ["key", "c"], 0));
        for (var at = 0; at < data.Length; at += 8192)
            splitter.Feed(data.AsSpan(at, 8192), sink);
        splitter.Complete(sink);
        Assert.Equal(data.Length - 1, sink.Length);
    }

    private static byte[] Tuples(string?[][] rows)
    {
        var bytes = new List<byte>("PGCOPY\n\xFF\r\n\0\0\0\0\0\0\0\0\0".Select(c => (byte)c));
        foreach (var row in rows)
        {
            bytes.AddRange([0, (byte)row.Length]);
            foreach (var field in row)
            {
                var length = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(length, field?.Length ?? -1);
                bytes.AddRange(length);
                bytes.AddRange(Encoding.ASCII.GetBytes(field ?? ""));
            }
        }

        return [.. bytes, 0xFF, 0xFF];
    }

    private sealed class LengthSink : ICopyRowSink
    {
        public long Length { get; private set; }

        public void Row(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> key, bool keyIsNull, long lineNumber) => Length += raw.Length;

        public void BadRow(ReadOnlySpan<byte> raw, Core.PgException error, long lineNumber) => throw error;
    }
}
