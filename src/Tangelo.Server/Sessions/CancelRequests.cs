using Npgsql;
using Tangelo.Cluster.Metadata;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Requests to cancel, by the key that a session has given its client. Behind a balancer they come to any router: who does not have the session leaves the request with the
/// coordinator for the others (docs/decisions/0101).
/// </summary>
internal sealed class CancelRequests(RouterState router) : IDisposable
{
    /// <summary>Where routers hear that there are requests.</summary>
    public const string Channel = "tangelo_cancel";

    private static readonly string AskSql =
        $"""
        WITH asked AS (
            INSERT INTO pg_catalog.tangelo_cancel_request (pid, secret)
            SELECT $1, $2 WHERE EXISTS (
                SELECT FROM pg_catalog.pg_stat_activity WHERE pg_catalog.starts_with(application_name, '{MetadataInstaller.PresencePrefix}') AND application_name <> $3)
            ON CONFLICT DO NOTHING RETURNING pid)
        SELECT pid, pg_catalog.pg_notify('{Channel}', '') FROM asked
        """;

    private const string IsOpenSql = "SELECT EXISTS (SELECT FROM pg_catalog.tangelo_cancel_request WHERE pid = $1 AND secret = $2)";
    private const string TakeSql = "DELETE FROM pg_catalog.tangelo_cancel_request WHERE pid = $1 AND secret = $2";

    // A client waits for its request's end before it goes on: what comes later would meet its next statement.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // Who asks need not have logged in.
    private readonly SemaphoreSlim _asking = new(8);
    private readonly SemaphoreSlim _looking = new(1);

    /// <summary>Cancels what the session with this key does now. Returns when the servers have been told, or nobody has such a session.</summary>
    public async Task CancelAsync(int pid, int secret, CancellationToken cancellation)
    {
        if (router.Sessions.FindByKey(pid, secret) is { } own)
        {
            await own.CancelAsync().ConfigureAwait(false);
            return;
        }

        if (!await _asking.WaitAsync(Patience, cancellation).ConfigureAwait(false))
            return;
        try
        {
            await AskOthersAsync(pid, secret, cancellation).ConfigureAwait(false);
        }
        catch (NpgsqlException)
        {
            // A cancel is only a wish.
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <summary>Does what others have asked for and concerns sessions of this router.</summary>
    public async Task LookAsync(CancellationToken cancellation)
    {
        try
        {
            // One after another: what was done once is not seen again.
            await _looking.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                foreach (var (pid, secret) in await ReadAsync(cancellation).ConfigureAwait(false))
                {
                    if (router.Sessions.FindByKey(pid, secret) is not { } session)
                        continue;
                    await session.CancelAsync().ConfigureAwait(false);
                    await using var take = await CommandAsync(TakeSql, pid, secret).ConfigureAwait(false);
                    await take.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
                }
            }
            finally
            {
                _looking.Release();
            }
        }
        catch (Exception e) when (e is NpgsqlException or OperationCanceledException or ObjectDisposedException)
        {
            // The coordinator has gone, and what it did with it; or this router stops.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _asking.Dispose();
        _looking.Dispose();
    }

    private async Task AskOthersAsync(int pid, int secret, CancellationToken cancellation)
    {
        await using (var ask = await CommandAsync(AskSql, pid, secret).ConfigureAwait(false))
        {
            ask.Parameters.Add(new() { Value = MetadataInstaller.PresenceName(router.Loopback) });
            if (await ask.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is null)
                return;
        }

        await using var isOpen = await CommandAsync(IsOpenSql, pid, secret).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        while (!limit.IsCancellationRequested && (bool)(await isOpen.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!)
            await Task.Delay(5, limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await using var take = await CommandAsync(TakeSql, pid, secret).ConfigureAwait(false);
        await take.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<List<(int Pid, int Secret)>> ReadAsync(CancellationToken cancellation)
    {
        await using var command = await CommandAsync("SELECT pid, secret FROM pg_catalog.tangelo_cancel_request").ConfigureAwait(false);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var requests = new List<(int, int)>();
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            requests.Add((reader.GetInt32(0), reader.GetInt32(1)));
        return requests;
    }

    private async Task<NpgsqlCommand> CommandAsync(string sql, params int[] key)
    {
        var command = (await router.DatabaseAsync(router.Coordinator.Database).ConfigureAwait(false)).Coordinator.CreateCommand(sql);
        foreach (var part in key)
            command.Parameters.Add(new() { Value = part });
        return command;
    }
}
