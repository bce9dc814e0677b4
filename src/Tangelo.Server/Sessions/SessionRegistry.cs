using System.Collections.Concurrent;
using System.Security.Cryptography;
using Tangelo.Core;

namespace Tangelo.Server.Sessions;

/// <summary>Finds the sessions of this router by their link's backend pid (for the loopback) and by their cancel key.</summary>
internal sealed class SessionRegistry
{
    private readonly ConcurrentDictionary<int, ClientSession> _byLink = new();
    private readonly ConcurrentDictionary<long, ClientSession> _byKey = new();

    private int _ordinary;

    /// <summary>Lets a client in that has logged in; disposing what is returned says that it has left.</summary>
    /// <param name="isSuperuser">Whether its role is one: those are not counted.</param>
    /// <param name="most">How many others there may be; negative for any number.</param>
    /// <exception cref="PgException">53300: there are as many.</exception>
    public IDisposable Admit(bool isSuperuser, int most)
    {
        var admission = new Admission(this, isSuperuser);
        if (isSuperuser || most < 0 || Volatile.Read(ref _ordinary) <= most)
            return admission;
        admission.Dispose();
        throw new PgException(SqlState.TooManyConnections, "sorry, too many clients already");
    }

    /// <summary>How many there are.</summary>
    public int Count => _byKey.Count;

    /// <summary>Every session.</summary>
    public ICollection<ClientSession> All => _byKey.Values;

    /// <summary>The session whose coordinator link is this backend, or null.</summary>
    public ClientSession? FindByLink(int backendPid) => _byLink.GetValueOrDefault(backendPid);

    /// <summary>The session with this cancel key, or null.</summary>
    public ClientSession? FindByKey(int pid, int secret) => _byKey.GetValueOrDefault(Key(pid, secret));

    /// <summary>Adds a session and gives it a secret for its cancel key; the key's pid is that of the link on which it has logged in.</summary>
    public int Add(ClientSession session)
    {
        Lent(session.LinkPid, session);
        while (true)
        {
            var secret = RandomNumberGenerator.GetInt32(int.MinValue, int.MaxValue);
            if (_byKey.TryAdd(Key(session.KeyPid, secret), session))
                return secret;
        }
    }

    public void Remove(ClientSession session, int secret)
    {
        GivenBack(session.LinkPid, session);
        _byKey.TryRemove(new(Key(session.KeyPid, secret), session));
    }

    /// <summary>The session has this backend now.</summary>
    public void Lent(int backendPid, ClientSession session) => _byLink[backendPid] = session;

    /// <summary>It has it no more.</summary>
    public void GivenBack(int backendPid, ClientSession session) => _byLink.TryRemove(new(backendPid, session));

    private sealed class Admission : IDisposable
    {
        private readonly SessionRegistry _registry;
        private readonly bool _isSuperuser;

        public Admission(SessionRegistry registry, bool isSuperuser)
        {
            (_registry, _isSuperuser) = (registry, isSuperuser);
            if (!isSuperuser)
                Interlocked.Increment(ref registry._ordinary);
        }

        public void Dispose()
        {
            if (!_isSuperuser)
                Interlocked.Decrement(ref _registry._ordinary);
        }
    }

    private static long Key(int pid, int secret) => ((long)pid << 32) | (uint)secret;
}
