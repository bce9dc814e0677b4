using System.Collections.Immutable;
using System.Diagnostics;
using Tangelo.Bench.Copy;
using Tangelo.Catalog;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Planning.Plans;

// What the router does with the bytes of a COPY FROM, without nodes and without sockets: MB of the client's data for a second of CPU time, median of
// the rounds. "split" finds the rows and the key of each; "dealt out" hashes the key as well, finds the shard and fills the shards' batches.
const int Count = 500_000;
const int ChunkBytes = 128 * 1024;
const int Rounds = 9;
const int Repeats = 5;

ImmutableArray<TableColumn> columns =
[
    .. new[] { ("user_id", 23u), ("event_id", 20u), ("kind", 25u), ("made", 1114u), ("amount", 1700u), ("payload", 3802u) }
        .Select((c, i) => new TableColumn(c.Item1, (short)(i + 1), new Oid(c.Item2), -1, c.Item1, false, null, ColumnDefaultKind.None)),
];
GroupId[] nodes = [new(1), new(2)];
ImmutableArray<Shard> shards =
    [.. ShardRing.Cut(32).Select((bounds, i) => new Shard(new ShardId(102008 + i), bounds.Min, bounds.Max, null, null, [nodes[i % 2]]))];
var table = new DistributedTable(new Oid(1), "public", "events", DistributionMethod.Hash, columns[0], new ColocationId(1), columns, shards);

Console.WriteLine("| format | MB | split, MB/s | dealt out, MB/s |");
Console.WriteLine("|---|---:|---:|---:|");
foreach (var format in new[] { CopyFormat.Csv, CopyFormat.Text, CopyFormat.Binary })
{
    var data = Rows.Make(format, Count);
    var csv = format == CopyFormat.Csv;
    var options = new CopyOptions(format, csv ? (byte)',' : (byte)'\t', csv ? "" : "\\N", (byte)'"', (byte)'"', CopyHeader.None, "");
    var layout = new CopyLayout(table.Name, options, [.. columns.Select(c => c.Name)], KeyIndex: 0);
    var plan = new CopyFromPlan(table, columns, options, []);
    var (split, dealt) = (new List<double>(), new List<double>());
    for (var round = -2; round < Rounds; round++)
    {
        var sink = new CountingSink();
        var splitting = Cpu(() => Split(layout, data, sink));
        var target = new DroppingTarget();
        var dealing = Cpu(() => new CopyFromOperator(plan, target).RunAsync(new MemorySource(data, ChunkBytes), target, default).GetAwaiter().GetResult());
        if (sink.Rows != (long)Count * Repeats || target.Bytes < data.Length)
            throw new InvalidOperationException($"{sink.Rows} rows, {target.Bytes} bytes");
        if (round < 0)
            continue;
        split.Add(data.Length / 1e6 / splitting);
        dealt.Add(data.Length / 1e6 / dealing);
    }

    Console.WriteLine($"| {format} | {data.Length / 1e6:F0} | {Median(split):F0} | {Median(dealt):F0} |");
}

static void Split(CopyLayout layout, byte[] data, CountingSink sink)
{
    using var splitter = CopySplitter.Create(layout);
    for (var at = 0; at < data.Length; at += ChunkBytes)
        splitter.Feed(data.AsSpan(at, Math.Min(ChunkBytes, data.Length - at)), sink);
    splitter.Complete(sink);
}

// Several times: the clock of CPU time ticks every hundredth of a second.
static double Cpu(Action work)
{
    var before = Process.GetCurrentProcess().TotalProcessorTime;
    for (var repeat = 0; repeat < Repeats; repeat++)
        work();
    return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds / Repeats;
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
