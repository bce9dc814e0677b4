using System.Diagnostics;
using Tangelo.Core;
using Tangelo.Workers.Connections;

namespace Tangelo.Workers.Pooling;

/// <summary>
/// Idle and lent connections to one server for one database and role. Connections are given out last-in first-out, so that
/// the surplus ages and is closed; waiting for the cap is first-come first-served.
/// </summary>
public sealed class WorkerPool(BackendAddress address, int capacity, RoleCredentials roles) : IDisposable
{
    /// <summary>The application_name of every pooled connection.</summary>
    public const string ApplicationName = "tangelo";

    private static readonly KeyValuePair<string, string>[] StartupParameters =
    [
        new("application_name", ApplicationName),
        // Event triggers of the coordinator leave what is done to its own shards alone.
        new("tangelo.on_shards", "on"),
        new("client_encoding", "UTF8"),
    ];

    private static readonly TimeSpan JustNow = TimeSpan.FromMilliseconds(50);

    private readonly Stack<BackendConnection> _idle = new();
    private readonly SemaphoreSlim _room = new(capacity, capacity);
    private bool _disposed;

    public BackendAddress Address => address;

    /// <summary>Lends a connection that is idle, clean, and outside of a transaction.</summary>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="mayBeLost">
    /// True for a borrower that tries again when the connection turns out to have ended: one that has just been used is then lent unseen.
    /// </param>
    public async ValueTask<BackendConnection> LendAsync(CancellationToken cancellation, bool mayBeLost = false)
    {
        await _room.WaitAsync(cancellation).ConfigureAwait(false);
        lock (_idle)
        {
            while (_idle.TryPop(out var idle))
            {
                // What an idle server sends is the end of the connection, or news that a new connection learns at its start.
                // Looking costs a system call, so it is left out for a connection that answered a moment ago if the borrower can do without.
                if (idle.IsHealthy && ((mayBeLost && Stopwatch.GetElapsedTime(idle.IdleSince) < JustNow) || !idle.HasWaiting))
                {
                    idle.IsUsed = true;
                    return idle;
                }

                idle.Dispose();
            }
        }

        try
        {
            return await ConnectAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _room.Release();
            // FATAL ends the node's connection; the client's goes on.
            if (e is PgException { Error.Severity: "FATAL" } refused)
                throw new PgException(refused.Error with { Severity = "ERROR", Where = $"connecting to the remote node {address.Node}" }, e);
            throw;
        }
    }

    private async Task<BackendConnection> ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            return await roles.ConnectAsync(address, StartupParameters, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code is SqlState.InvalidPassword or SqlState.InvalidAuthorization && roles.GiveRoleAsync is { } give)
        {
            if (!await give(address, cancellation).ConfigureAwait(false))
                throw;
            return await roles.ConnectAsync(address, StartupParameters, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a connection back; one that is not proven idle is closed.</summary>
    public void Return(BackendConnection connection)
    {
        var keep = connection.IsHealthy && connection.Status == (byte)'I' && connection.Out.Length == 0 && connection.In.Length == 0;
        connection.OnNotice = null;
        lock (_idle)
        {
            keep &= !_disposed;
            if (keep)
            {
                connection.IdleSince = Stopwatch.GetTimestamp();
                _idle.Push(connection);
            }
        }

        if (!keep)
            connection.Dispose();
        _room.Release();
    }

    /// <summary>Closes what has been idle longer than <paramref name="age"/>.</summary>
    public void Trim(TimeSpan age)
    {
        lock (_idle)
        {
            var kept = _idle.Where(c => c.IsHealthy && Stopwatch.GetElapsedTime(c.IdleSince) < age).Reverse().ToList();
            if (kept.Count == _idle.Count)
                return;
            foreach (var old in _idle.Except(kept))
                old.Dispose();
            _idle.Clear();
            foreach (var connection in kept)
                _idle.Push(connection);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_idle)
        {
            _disposed = true;
            while (_idle.TryPop(out var idle))
                idle.Dispose();
        }
    }
}
