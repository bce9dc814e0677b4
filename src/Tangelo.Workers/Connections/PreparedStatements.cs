using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;

namespace Tangelo.Workers.Connections;

/// <summary>
/// The named statements of one connection, least recently used ones closed first. A statement counts as prepared only once
/// the server has said so: a Parse that an earlier error made the server skip is sent again.
/// </summary>
public sealed class PreparedStatements(OutputBuffer buffer)
{
    /// <summary>How many statements one connection keeps.</summary>
    public const int Capacity = 400;

    // On a client's link these names stand beside those that the client gives.
    private const string NamePrefix = "tangelo_";

    private readonly Dictionary<(object Query, int Shard), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = new();
    private readonly Queue<Entry?> _awaited = new();
    private long _lastName;

    /// <summary>
    /// The name under which <paramref name="query"/> for <paramref name="shard"/> is prepared; writes a Parse first when it is not.
    /// </summary>
    /// <param name="query">Identity of the query; kept alive as long as the statement.</param>
    /// <param name="shard">Which shard's text it is.</param>
    /// <param name="sql">The text.</param>
    /// <param name="parameterTypes">OIDs, 0 where the server is to infer the type.</param>
    public string Use(object query, int shard, ReadOnlySpan<byte> sql, ReadOnlySpan<uint> parameterTypes)
    {
        if (_entries.TryGetValue((query, shard), out var node) && node.Value.Confirmed)
        {
            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value.Name;
        }

        if (node is not null)
            Remove(node);
        while (_entries.Count >= Capacity)
            Remove(_byUse.Last!);

        var entry = new Entry((query, shard), NamePrefix + ++_lastName);
        _entries[entry.Key] = _byUse.AddFirst(entry);
        _awaited.Enqueue(entry);
        FrontendMessages.Parse(buffer, entry.Name, sql, parameterTypes);
        return entry.Name;
    }

    /// <summary>Writes a Parse of the unnamed statement.</summary>
    public void Unnamed(ReadOnlySpan<byte> sql, ReadOnlySpan<uint> parameterTypes)
    {
        _awaited.Enqueue(null);
        FrontendMessages.Parse(buffer, "", sql, parameterTypes);
    }

    /// <summary>A ParseComplete has come.</summary>
    internal void Confirm()
    {
        if (_awaited.TryDequeue(out var entry) && entry is not null)
            entry.Confirmed = true;
    }

    /// <summary>An error or the end of a pipeline: no ParseComplete is outstanding any more.</summary>
    public void ForgetUnconfirmed()
    {
        while (_awaited.TryDequeue(out var entry))
        {
            if (entry is not null && _entries.TryGetValue(entry.Key, out var node) && node.Value == entry)
            {
                _entries.Remove(entry.Key);
                _byUse.Remove(node);
            }
        }
    }

    /// <summary>The server has dropped all of them (DISCARD ALL, DEALLOCATE ALL).</summary>
    public void ForgetAll()
    {
        _entries.Clear();
        _byUse.Clear();
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _entries.Remove(node.Value.Key);
        _byUse.Remove(node);
        if (node.Value.Confirmed)
            FrontendMessages.Close(buffer, (byte)'S', node.Value.Name);
    }

    private sealed class Entry((object Query, int Shard) key, string name)
    {
        public (object Query, int Shard) Key { get; } = key;

        public string Name { get; } = name;

        public bool Confirmed { get; set; }
    }
}
