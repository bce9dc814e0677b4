using Tangelo.Compat.Tests.Comparison;
using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Running;

/// <summary>One of the two servers in one run of a script: its sessions and what it last copied out.</summary>
internal sealed class Side : IAsyncDisposable
{
    private readonly ServerAddress _server;
    private readonly string _schema;
    private readonly Dictionary<string, WireSession> _sessions = [];
    private WireSession? _namesSession;
    private string _current = "main";

    public Side(ServerAddress server, string schema, bool isCluster)
    {
        _server = server;
        _schema = schema;
        IsCluster = isCluster;
    }

    /// <summary>Whether this server is a router.</summary>
    public bool IsCluster { get; }

    /// <summary>The bytes of the last COPY TO STDOUT.</summary>
    public byte[] CopiedOut { get; private set; } = [];

    public void Use(string session) => _current = session;

    /// <summary>Names of relations and types on this server.</summary>
    public async Task<CatalogNames> OpenNamesAsync(CancellationToken cancel)
    {
        _namesSession = await WireSession.OpenAsync(_server, cancel);
        return new CatalogNames(_namesSession);
    }

    /// <summary>Makes an empty schema of the script's own.</summary>
    public async Task PrepareAsync(CancellationToken cancel)
    {
        await using var session = await WireSession.OpenAsync(_server, cancel);
        foreach (var sql in new[] { $"DROP SCHEMA IF EXISTS {_schema} CASCADE", $"CREATE SCHEMA {_schema}" })
        {
            if ((await session.QueryAsync(sql, null, cancel)).FirstError is { } error)
                throw new IOException($"{sql}: {error}");
        }
    }

    /// <summary>Drops the schema; gives the error when that fails.</summary>
    public async Task<WireNotice?> CleanUpAsync(CancellationToken cancel)
    {
        foreach (var open in _sessions.Values)
            await open.DisposeAsync();
        _sessions.Clear();
        await using var session = await WireSession.OpenAsync(_server, cancel);
        return (await session.QueryAsync($"DROP SCHEMA IF EXISTS {_schema} CASCADE", null, cancel)).FirstError;
    }

    /// <summary>Runs one round in the current session, which is opened when the script first uses it.</summary>
    public async Task<Transcript> RunAsync(Func<WireSession, Task<Transcript>> round, CancellationToken cancel)
    {
        if (!_sessions.TryGetValue(_current, out var session))
        {
            session = await WireSession.OpenAsync(_server, cancel);
            _sessions[_current] = session;
            await session.QueryAsync($"SET search_path TO {_schema}, public", null, cancel);
            // Few shards keep the suite quick; pruning and merging have enough to do with six on two workers.
            if (IsCluster)
                await session.QueryAsync("SET citus.shard_count TO 6", null, cancel);
        }
        var answer = await round(session);
        if (answer.Replies.LastOrDefault(r => r.CopyOut is not null)?.CopyOut is { } copied)
            CopiedOut = copied.ToArray();
        return answer;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions.Values)
            await session.DisposeAsync();
        if (_namesSession is not null)
            await _namesSession.DisposeAsync();
    }
}
