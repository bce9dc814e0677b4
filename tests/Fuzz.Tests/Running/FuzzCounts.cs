using System.Collections.Concurrent;

namespace Tangelo.Fuzz.Tests.Running;

/// <summary>What has become of the cases of a run.</summary>
internal sealed class FuzzCounts
{
    private long _cases;

    public long Cases => Interlocked.Read(ref _cases);

    /// <summary>Errors of both servers by SQLSTATE, and with "refused" those of the cluster alone.</summary>
    public ConcurrentDictionary<string, (long Count, string Example)> Errors { get; } = new();

    public void AddCase() => Interlocked.Increment(ref _cases);

    public void AddError(string what, string statement) =>
        Errors.AddOrUpdate(what, _ => (1, statement), (_, old) => (old.Count + 1, statement.Length < old.Example.Length ? statement : old.Example));

    public override string ToString() =>
        $"{Cases} cases" + string.Concat(Errors.OrderByDescending(e => e.Value.Count).Select(e => $"\n{e.Value.Count,8} {e.Key}, for example {e.Value.Example}"));
}
