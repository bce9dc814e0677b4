using System.Diagnostics;
using System.Globalization;
using Tangelo.Fuzz.Tests.Protocol;
using Tangelo.Harness;
using Xunit.Abstractions;

namespace Tangelo.Fuzz.Tests;

/// <summary>
/// What real clients have said is said again with mistakes, to one router: it neither ends nor hangs, no session stays, and it does not grow. Cases come in
/// batches, each over a connection of its own; PROTOCOL_SEED is the first batch, PROTOCOL_CASES says how many cases, PROTOCOL_SECONDS ends the run earlier, and
/// PROTOCOL_CONNECTIONS says how many run at once (tools/fuzz_protocol.sh).
/// </summary>
public sealed class Mutated_conversations(ITestOutputHelper output) : IAsyncLifetime
{
    private const int BatchSize = 50;
    private const int MostFindings = 12;
    private const long MostGrowth = 200L << 20;

    private readonly string _rules = Path.GetTempFileName();
    private readonly List<string> _findings = [];
    private TestCluster _cluster = null!;
    private IReadOnlyList<IReadOnlyList<ClientMessage>> _recordings = [];

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(_rules, $"host all {Recordings.Role} all scram-sha-256\nhost all all all trust\n");
        _cluster = await TestCluster.StartAsync(new() { RouterArguments = ["--hba-file", _rules] });
        _recordings = await Recordings.MakeAsync(_cluster);
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        File.Delete(_rules);
    }

    [Fact]
    public async Task Leave_the_router_as_it_was()
    {
        var first = Setting("PROTOCOL_SEED", 1);
        var cases = Setting("PROTOCOL_CASES", 1_000_000);
        var limit = TimeSpan.FromSeconds(Setting("PROTOCOL_SECONDS", 20));
        var running = Stopwatch.StartNew();
        var (done, messages, sessions, next) = (0, 0, 0, first - 1);

        // What the first cases make is there once: statements, connections, code.
        await RunBatchAsync(first + 1_000_000);
        var before = Memory();
        await Task.WhenAll(Enumerable.Range(0, Setting("PROTOCOL_CONNECTIONS", 8)).Select(async _ =>
        {
            while (running.Elapsed < limit && _findings.Count < MostFindings)
            {
                var batch = Interlocked.Increment(ref next);
                if ((batch - first) * BatchSize >= cases)
                    return;
                var ran = await RunBatchAsync(batch);
                Interlocked.Add(ref sessions, ran.Sessions);
                Interlocked.Add(ref messages, ran.Messages);
                Interlocked.Add(ref done, BatchSize);
            }
        }));
        var report = $"batches from {first}, {done} cases of {messages} messages over {sessions} sessions in {running.Elapsed.TotalSeconds:0} s ({done / running.Elapsed.TotalSeconds:0} a second)";

        output.WriteLine(report);

        const string Left = $"SELECT coalesce(string_agg(a::text, E'\\n'), '') FROM pg_stat_activity a WHERE (application_name = '{FuzzedSession.Application}' OR usename = '{Recordings.Role}' AND application_name <> 'tangelo')";
        var left = await LeftAsync($"{Left} AND state <> 'idle'", TimeSpan.FromSeconds(10));
        Assert.True(left.Length == 0, left);

        // A link that was given back waits two minutes for whoever comes next. That of a session would stay.
        left = await LeftAsync(Left, TimeSpan.FromSeconds(150));
        Assert.True(left.Length == 0, left);
        Assert.Equal(1, await _cluster.Router.ScalarAsync<long>("SELECT count(*) FROM citus_dist_stat_activity WHERE application_name <> 'tangelo' AND state = 'active'"));
        foreach (var node in _cluster.Nodes)
        {
            Assert.Equal(0, await node.ScalarAsync<long>("SELECT count(*) FROM pg_prepared_xacts"));
            Assert.Equal(0, await node.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"));
        }

        var grown = Memory() - before;
        output.WriteLine($"memory {before >> 20} MB and {grown >> 20} MB more");
        Assert.DoesNotContain("unexpected exception", _cluster.Log);
        Assert.True(_findings.Count == 0, $"{report}\n\n{string.Join("\n\n", _findings)}");
        Assert.True(grown < MostGrowth, $"The router has grown by {grown >> 20} MB.");
    }

    private async Task<string> LeftAsync(string sql, TimeSpan limit)
    {
        var since = Stopwatch.StartNew();
        while (true)
        {
            var left = await _cluster.Nodes[0].ScalarAsync<string>(sql);
            if (left.Length == 0 || since.Elapsed > limit)
                return left;
            await Task.Delay(100);
        }
    }

    private async Task<(int Sessions, int Messages)> RunBatchAsync(int batch)
    {
        using var session = new FuzzedSession(_cluster.Port);
        var messages = 0;
        for (var number = 0; number < BatchSize; number++)
        {
            var random = new Random(unchecked((batch * BatchSize) + number));
            var mutations = new Mutations(random, _recordings);
            var isFromTheStart = random.Next(8) == 0;
            var bytes = isFromTheStart ? mutations.FromTheStart() : mutations.InSession();
            messages += mutations.Messages;
            var finding = isFromTheStart ? await session.SayAsync(bytes) : await session.SayInSessionAsync(bytes);
            if (finding is null)
                continue;
            lock (_findings)
                _findings.Add($"batch {batch}, case {number} ({(isFromTheStart ? "from the start" : "in a session")}): {finding}\n{Shown(bytes)}");
        }

        return (session.Sessions, messages);
    }

    private static string Shown(byte[] bytes) => string.Concat(bytes.Take(2000).Select(b => b is >= 32 and < 127 ? ((char)b).ToString() : $"\\{b:x2}"));

    private long Memory()
    {
        using var process = Process.GetProcessById(_cluster.RouterProcessId);
        return process.WorkingSet64;
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
