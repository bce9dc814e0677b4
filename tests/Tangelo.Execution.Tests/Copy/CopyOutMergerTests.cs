using Tangelo.Execution.Copy;
using Tangelo.Execution.Tests.Support;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Tests.Copy;

/// <summary>A COPY TO of everything must equal those of two parts, merged, message by message.</summary>
[Collection(nameof(PostgresCollection))]
public sealed class CopyOutMergerTests(PostgresFixture server)
{
    private const string Names = "i AS \"a,\"\"b\", 'x' AS \"tab\\\t\", NULL AS \"NULL\"";

    public static TheoryData<CopyOptions> Formats => new()
    {
        CopyOptionsText.Text(),
        CopyOptionsText.Text('|', header: CopyHeader.Skip),
        CopyOptionsText.Csv(),
        CopyOptionsText.Csv(nullText: "NULL", header: CopyHeader.Skip),
        CopyOptionsText.Csv(quote: '\'', escape: '\\', header: CopyHeader.Skip),
        CopyOptionsText.Binary(),
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Parts_make_the_whole(CopyOptions options)
    {
        using var connection = await server.ConnectAsync();
        foreach (var split in new[] { 0, 3, 10 })
        {
            var header = options.Header == CopyHeader.None ? "" : ", HEADER";
            var whole = await connection.CopyOutAsync($"COPY (SELECT {Names} FROM generate_series(1, 10) i) TO STDOUT ({options.Text}{header})");
            var merger = new CopyOutMerger(options, ["a,\"b", "tab\\\t", "NULL"]);
            List<string> merged = [Convert.ToHexString(merger.Begin().Span)];
            foreach (var (from, to) in new[] { (1, split), (split + 1, 10) })
            {
                merger.BeginShard();
                foreach (var payload in await connection.CopyOutAsync($"COPY (SELECT {Names} FROM generate_series({from}, {to}) i) TO STDOUT ({options.Text})"))
                    merged.Add(Convert.ToHexString(merger.Take(payload).Span));
            }

            merged.Add(Convert.ToHexString(merger.End().Span));
            Assert.Equal(whole.Select(p => Convert.ToHexString(p)), merged.Where(p => p.Length > 0));
        }
    }
}
