using System.Collections.Concurrent;

namespace Tangelo.Core;

/// <summary>Values that can be made again, by their keys. A cache that is full starts anew: no reader pays for keeping account of who was used when.</summary>
/// <param name="capacity">The most values that it holds.</param>
public sealed class BoundedCache<TKey, TValue>(int capacity)
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, TValue> _values = new();

    // The dictionary's own count takes all of its locks.
    private int _added;

    /// <summary>The value of a key; null where there is none.</summary>
    public TValue? Find(TKey key) => _values.GetValueOrDefault(key);

    /// <summary>Keeps a value, in the place of the one that its key had.</summary>
    public void Set(TKey key, TValue value)
    {
        if (!_values.TryAdd(key, value))
            _values[key] = value;
        else
            Added();
    }

    /// <summary>The value of a key, made where there is none. Of two that are made at once all get the same, unless the cache starts anew between.</summary>
    public TValue GetOrAdd(TKey key, Func<TKey, TValue> make)
    {
        if (_values.TryGetValue(key, out var known))
            return known;
        var value = make(key);
        var kept = _values.GetOrAdd(key, value);
        if (ReferenceEquals(kept, value))
            Added();
        return kept;
    }

    private void Added()
    {
        if (Interlocked.Increment(ref _added) <= capacity)
            return;
        _values.Clear();
        Volatile.Write(ref _added, 0);
    }
}
