using System.Collections.Concurrent;

namespace Tangelo.Server.Recovery;

/// <summary>Sequence numbers of this router's two-phase commits that are under way.</summary>
internal sealed class ActiveCommits
{
    private readonly ConcurrentDictionary<long, bool> _sequences = new();

    public void Add(long sequence) => _sequences[sequence] = true;

    public void Remove(long sequence) => _sequences.TryRemove(sequence, out _);

    /// <summary>Those under way now.</summary>
    public IReadOnlySet<long> Snapshot() => _sequences.Keys.ToHashSet();

    public bool Contains(long sequence) => _sequences.ContainsKey(sequence);
}
