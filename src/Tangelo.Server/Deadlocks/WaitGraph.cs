namespace Tangelo.Server.Deadlocks;

/// <summary>Who waits for whom, over all nodes. Small: only sessions that have waited for a while are in it.</summary>
internal sealed class WaitGraph<T>
    where T : class
{
    private readonly Dictionary<T, HashSet<T>> _waitsFor = [];

    /// <summary><paramref name="waiter"/> cannot go on before <paramref name="holder"/> ends, which may be itself on another connection.</summary>
    public void Add(T waiter, T holder)
    {
        if (!_waitsFor.TryGetValue(waiter, out var holders))
            _waitsFor[waiter] = holders = [];
        holders.Add(holder);
    }

    /// <summary>The members of some cycle, in the order of waiting; empty when there is none.</summary>
    public IReadOnlyList<T> FindCycle()
    {
        var done = new HashSet<T>();
        foreach (var start in _waitsFor.Keys)
        {
            var path = new List<T>();
            if (Visit(start, path, done) is { } cycle)
                return cycle;
        }

        return [];
    }

    private List<T>? Visit(T node, List<T> path, HashSet<T> done)
    {
        var seen = path.IndexOf(node);
        if (seen >= 0)
            return path[seen..];
        if (!done.Add(node))
            return null;
        path.Add(node);
        foreach (var next in _waitsFor.GetValueOrDefault(node) ?? [])
        {
            if (Visit(next, path, done) is { } cycle)
                return cycle;
        }

        path.RemoveAt(path.Count - 1);
        return null;
    }
}
