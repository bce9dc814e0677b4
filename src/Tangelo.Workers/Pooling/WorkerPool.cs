using System.Diagnostics;
using System.Globalization;
using Tangelo.Core;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Workers.Pooling;

/// <summary>
/// Idle and lent connections to one server for one database and role. Connections are given out last-in first-out, so that
/// the surplus ages and is closed. How many the pools of a server may lend together is for <see cref="NodePlaces"/> to say.
/// </summary>
public sealed class WorkerPool : IDisposable
{
    /// <summary>The application_name of every pooled connection.</summary>
    public const string ApplicationName = "tangelo";

    private static readonly KeyValuePair<string, string>[] StartupParameters =
    [
        new("application_name", ApplicationName),
        // Event triggers of the coordinator leave what is done to its own shards alone.
        new("tangelo.on_shards", "on"),
        new("client_encoding", "UTF8"),
        new(RouterLiveness.SettingName, RouterLiveness.Interval),
    ];

    private static readonly TimeSpan JustNow = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Distrust = TimeSpan.FromSeconds(5);

    private readonly RoleCredentials _roles;

    // The one given back last is the last.
    private readonly List<BackendConnection> _idle = [];
    private int _lent;
    private bool _disposed;
    private long _failedAt;

    internal WorkerPool(BackendAddress address, NodePlaces node, RoleCredentials roles)
    {
        Address = address;
        Node = node;
        _roles = roles;
        node.Add(this);
    }

    /// <summary>Where the connections lead, and as whom.</summary>
    public BackendAddress Address { get; }

    /// <summary>How many connections the server's pools may lend.</summary>
    public NodePlaces Node { get; }

    /// <summary>How many connections are open.</summary>
    public int Open
    {
        get
        {
            lock (_idle)
                return _lent + _idle.Count;
        }
    }

    /// <summary>Since when the longest idle connection has been so; null where none is idle.</summary>
    internal long? OldestIdle
    {
        get
        {
            lock (_idle)
                return _idle.Count > 0 ? _idle[0].IdleSince : null;
        }
    }

    /// <summary>
    /// Lends a connection for the router's own work, which waits for nobody's: it is lent beyond what may be lent. Nothing is left on it of sessions that had it before, such as a role that may
    /// not end what others have prepared, or does not see their backends.
    /// </summary>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">08006: the server cannot be reached.</exception>
    public async ValueTask<BackendConnection> LendAtOnceAsync(CancellationToken cancellation)
    {
        var connection = await TakeAsync(hasPlace: false, mayBeLost: false, TimeSpan.Zero, cancellation).ConfigureAwait(false);
        try
        {
            await SessionSettings.ClearAsync(connection, cancellation).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Abort();
            Return(connection);
            throw;
        }
    }

    /// <summary>True for a while after the server could not be reached: who can do without it looks elsewhere.</summary>
    public bool IsDown => Interlocked.Read(ref _failedAt) is var at and not 0 && Stopwatch.GetElapsedTime(at) < Distrust;

    /// <summary>Lends a connection that is idle, clean, and outside of a transaction.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="mayBeLost">
    /// True for a borrower that tries again when the connection turns out to have ended: one that has just been used is then lent unseen.
    /// </param>
    /// <param name="holder">The transaction it is for, if that holds connections to other servers, see <see cref="WorkerPools.Ended"/>.</param>
    /// <param name="patience">How long to wait for the server, or for a primary where the node is several servers; by default as long as is usual, and for no primary.</param>
    /// <exception cref="PgException">53300: none became free in time. 08006: the server cannot be reached.</exception>
    public ValueTask<BackendConnection> LendAsync(CancellationToken cancellation, bool mayBeLost = false, object? holder = null, TimeSpan patience = default) =>
        Node.TryEnter() ? TakeAsync(hasPlace: true, mayBeLost, patience, cancellation) : WaitAsync(mayBeLost, holder, patience, cancellation);

    /// <summary>The same where nothing has to be waited for, else null.</summary>
    public BackendConnection? TryLend(bool mayBeLost)
    {
        if (!Node.TryEnter())
            return null;
        var idle = TakeIdle(hasPlace: true, mayBeLost);
        if (idle is null)
            Node.Leave();
        return idle;
    }

    private async ValueTask<BackendConnection> WaitAsync(bool mayBeLost, object? holder, TimeSpan patience, CancellationToken cancellation)
    {
        var hasPlace = await Node.EnterAsync(holder, cancellation).ConfigureAwait(false);
        return await TakeAsync(hasPlace, mayBeLost, patience, cancellation).ConfigureAwait(false);
    }

    // For one who has a place, or goes without.
    private ValueTask<BackendConnection> TakeAsync(bool hasPlace, bool mayBeLost, TimeSpan patience, CancellationToken cancellation) =>
        TakeIdle(hasPlace, mayBeLost) is { } idle ? ValueTask.FromResult(idle) : OpenAsync(hasPlace, patience, cancellation);

    private BackendConnection? TakeIdle(bool hasPlace, bool mayBeLost)
    {
        lock (_idle)
        {
            while (_idle.Count > 0)
            {
                var idle = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);

                // What an idle server sends is the end of the connection, or news that a new connection learns at its start.
                // Looking costs a system call, so it is left out for a connection that answered a moment ago if the borrower can do without.
                if (idle.IsHealthy && ((mayBeLost && Stopwatch.GetElapsedTime(idle.IdleSince) < JustNow) || !idle.HasWaiting))
                {
                    _lent++;
                    idle.IsUsed = true;
                    idle.HasPlace = hasPlace;
                    return idle;
                }

                Node.Closed();
                idle.Dispose();
            }
        }

        return null;
    }

    private async ValueTask<BackendConnection> OpenAsync(bool hasPlace, TimeSpan patience, CancellationToken cancellation)
    {
        lock (_idle)
            _lent++;
        Node.Opens();
        try
        {
            var connection = await ConnectAsync(patience, cancellation).ConfigureAwait(false);
            connection.HasPlace = hasPlace;
            Interlocked.Exchange(ref _failedAt, 0);
            return connection;
        }
        catch (Exception e)
        {
            lock (_idle)
                _lent--;
            Node.Closed();
            if (hasPlace)
                Node.Leave();
            if (e is PgException { Code: SqlState.ConnectionFailure or SqlState.CannotConnectNow })
                Interlocked.Exchange(ref _failedAt, Stopwatch.GetTimestamp());

            // FATAL ends the node's connection; the client's goes on.
            if (e is PgException { Error.Severity: "FATAL" } refused)
                throw new PgException(refused.Error with { Severity = "ERROR", Where = $"connecting to the remote node {Address.Node}" }, e);
            throw;
        }
    }

    private async Task<BackendConnection> ConnectAsync(TimeSpan patience, CancellationToken cancellation)
    {
        var connection = await LogInAsync(patience, cancellation).ConfigureAwait(false);
        if (!Node.IsToBeAsked)
            return connection;
        try
        {
            var rows = await connection.QueryAsync(ServerCapacity.Sql, cancellation).ConfigureAwait(false);
            Node.Takes(int.Parse(rows[0][0]!, CultureInfo.InvariantCulture));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private async Task<BackendConnection> LogInAsync(TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            return await _roles.ConnectAsync(Address, StartupParameters, cancellation, patience).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code is SqlState.InvalidPassword or SqlState.InvalidAuthorization && _roles.GiveRoleAsync is { } give)
        {
            if (!await give(Address, cancellation).ConfigureAwait(false))
                throw;
            return await _roles.ConnectAsync(Address, StartupParameters, cancellation, patience).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a connection back; one that is not proven idle is closed.</summary>
    /// <param name="connection">Lent by this pool.</param>
    /// <param name="forLater">False where the borrower wants it to be closed.</param>
    public void Return(BackendConnection connection, bool forLater = true)
    {
        var keep = forLater && connection.IsHealthy && connection.Status == (byte)'I' && connection.Out.Length == 0 && connection.In.Length == 0 && Node.HasRoom;
        connection.OnNotice = null;
        lock (_idle)
        {
            _lent--;
            keep &= !_disposed;
            if (keep)
            {
                connection.IdleSince = Stopwatch.GetTimestamp();
                _idle.Add(connection);
            }
        }

        if (!keep)
        {
            Node.Closed();
            connection.Dispose();
        }

        if (connection.HasPlace)
            Node.Leave();
    }

    /// <summary>Closes what has been idle longer than <paramref name="age"/>.</summary>
    public void Trim(TimeSpan age)
    {
        lock (_idle)
            Node.Closed(_idle.RemoveAll(c => Close(c, !c.IsHealthy || Stopwatch.GetElapsedTime(c.IdleSince) >= age)));
    }

    /// <summary>Closes the connection that has been idle for the longest.</summary>
    /// <returns>False when none is idle.</returns>
    internal bool CloseOldest()
    {
        lock (_idle)
        {
            if (_idle.Count == 0)
                return false;
            _idle[0].Dispose();
            _idle.RemoveAt(0);
        }

        Node.Closed();
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_idle)
        {
            _disposed = true;
            Node.Closed(_idle.RemoveAll(c => Close(c, true)));
        }
    }

    private static bool Close(BackendConnection connection, bool really)
    {
        if (really)
            connection.Dispose();
        return really;
    }
}
