using System.Diagnostics;
using Tangelo.Fuzz.Tests.Generation;

namespace Tangelo.Fuzz.Tests.Running;

/// <summary>Makes a failing case smaller: fewer and simpler decisions, as long as it fails in the same way.</summary>
internal sealed class Shrinker(CaseRunner runner)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public async Task<Mismatch> ShrinkAsync(IReadOnlyList<int> choices, Mismatch mismatch)
    {
        var started = Stopwatch.StartNew();
        var best = choices;
        var found = mismatch;
        for (var improved = true; improved && started.Elapsed < Limit;)
        {
            improved = false;
            foreach (var candidate in Candidates(best))
            {
                if (started.Elapsed > Limit)
                    break;
                var replayed = new Choices(candidate);
                var one = FuzzCase.From(replayed);
                if (one.ToString().Length > found.Case.ToString().Length || one.ToString() == found.Case.ToString())
                    continue;
                if (await runner.RunAsync(one) is { } again && again.Kind == mismatch.Kind)
                {
                    best = replayed.Taken;
                    found = again;
                    improved = true;
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>Pieces left out, large ones first, then single decisions replaced by the simplest.</summary>
    private static IEnumerable<IReadOnlyList<int>> Candidates(IReadOnlyList<int> choices)
    {
        for (var size = Math.Max(1, choices.Count / 2); size >= 1; size /= 2)
        {
            for (var start = 0; start + size <= choices.Count; start += size)
            {
                yield return [.. choices.Take(start), .. choices.Skip(start + size)];
                if (choices.Skip(start).Take(size).Any(c => c != 0))
                    yield return [.. choices.Take(start), .. Enumerable.Repeat(0, size), .. choices.Skip(start + size)];
            }
        }
    }
}
