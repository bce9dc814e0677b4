using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Tangelo.Fuzz.Tests.Generation;
using Tangelo.Fuzz.Tests.Running;
using Xunit.Abstractions;

namespace Tangelo.Fuzz.Tests;

/// <summary>
/// Random queries and writes over distributed, reference and local tables, on one PostgreSQL and on a cluster: the same rows, types,
/// tags and SQLSTATEs. FUZZ_SEED and FUZZ_CASES choose the cases, FUZZ_SECONDS ends the run earlier, FUZZ_CONNECTIONS says how many run
/// at once. Each finding shows its seed and a small statement.
/// </summary>
public sealed class Random_statements(FuzzServers servers, ITestOutputHelper output) : IClassFixture<FuzzServers>
{
    private const int DefaultCases = 20_000;
    private const int DefaultSeconds = 120;
    private const int MostFindings = 12;

    [Fact]
    public async Task Give_what_PostgreSQL_gives()
    {
        var seed = Setting("FUZZ_SEED", 1);
        var end = seed + Setting("FUZZ_CASES", DefaultCases);
        var limit = TimeSpan.FromSeconds(Setting("FUZZ_SECONDS", DefaultSeconds));
        var counts = new FuzzCounts();
        var findings = new ConcurrentQueue<string>();
        var running = Stopwatch.StartNew();
        var next = seed - 1;
        await Task.WhenAll(Enumerable.Range(0, Setting("FUZZ_CONNECTIONS", 4)).Select(async number =>
        {
            await using var runner = await CaseRunner.StartAsync(servers.Plain, servers.Cluster, number, counts);
            var shrinker = new Shrinker(runner);
            while (running.Elapsed < limit && findings.Count < MostFindings)
            {
                var mine = Interlocked.Increment(ref next);
                if (mine >= end)
                    return;
                var choices = new Choices(mine);
                counts.AddCase();
                if (await runner.RunAsync(FuzzCase.From(choices)) is { } mismatch)
                    findings.Enqueue($"seed {mine}: {await shrinker.ShrinkAsync(choices.Taken, mismatch)}");
            }
        }));
        var report = $"seeds from {seed}, {counts} in {running.Elapsed.TotalSeconds:0} s";
        output.WriteLine(report);
        Assert.True(findings.IsEmpty, $"{report}\n\n{string.Join("\n\n", findings)}");
    }

    private static int Setting(string variable, int otherwise)
        => int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
