using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Running;

/// <summary>
/// Other clients of a router that lends its links: they are at work all the time, on the same few links as the script's sessions, and have set whatever would show if
/// a session got it by mistake.
/// </summary>
internal sealed class Strangers : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _working = [];

    /// <summary>Strangers, at work.</summary>
    /// <param name="server">The router.</param>
    /// <param name="count">How many; more than the router has links, so that they take those of the script's sessions.</param>
    public static async Task<Strangers> ComeAsync(ServerAddress server, int count)
    {
        var strangers = new Strangers();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var number = 0; number < count; number++)
        {
            var session = await WireSession.OpenAsync(server, limit.Token);
            await SetAsync(session, number, limit.Token);
            strangers._working.Add(Task.Run(() => strangers.WorkAsync(session)));
        }

        return strangers;
    }

    /// <summary>Fails when one of them has ended before its time.</summary>
    public async Task CheckAsync()
    {
        foreach (var ended in _working.Where(w => w.IsCompleted))
            await ended;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_working);
        _ending.Dispose();
    }

    private static async Task SetAsync(WireSession session, int number, CancellationToken cancel)
    {
        string[] settings =
        [
            "SET search_path = pg_catalog", "SET default_transaction_read_only = on", "SET DateStyle = 'German'", "SET bytea_output = 'escape'", "SET citus.shard_count = 3",
            $"SET TimeZone = 'Etc/GMT+{number + 1}'", "SET client_min_messages = error", "SET extra_float_digits = -5", "SET intervalstyle = 'sql_standard'",
            "SET check_function_bodies = off", "SET default_transaction_isolation = 'serializable'", number % 2 == 0 ? "SET ROLE pg_monitor" : "SET application_name = 'stranger'",
        ];
        foreach (var sql in settings)
            Expect(await session.QueryAsync(sql, null, cancel));

        // The names that scripts and drivers give to theirs.
        foreach (var name in new[] { "compat_prepared", "p", "s", "s1", "stmt" })
            Expect(await session.RunAsync(new FrontendBuffer().Parse(name, "SELECT 'of a stranger'").Sync(), null, cancel));
    }

    private static void Expect(Transcript answer)
    {
        if (answer.FirstError is { } error)
            throw new IOException($"a stranger met {error}");
    }

    private async Task WorkAsync(WireSession session)
    {
        try
        {
            for (var round = 0; !_ending.IsCancellationRequested; round++)
            {
                var answer = await session.QueryAsync(
                    (round % 8) switch
                    {
                        0 => "SELECT 1/0",
                        1 => "BEGIN; SAVEPOINT a; SELECT count(*) FROM pg_class; ROLLBACK TO a; COMMIT",
                        2 => "BEGIN; SET LOCAL work_mem = '1MB'; SELECT 1/0; COMMIT",
                        3 => "ROLLBACK",
                        4 => "BEGIN; DECLARE c CURSOR FOR SELECT 'of a stranger' FROM pg_class; FETCH 2 FROM c; COMMIT",
                        _ => "SELECT relname FROM pg_class LIMIT 3",
                    },
                    null,
                    _ending.Token);
                if (answer.FirstError is { } error && error.SqlState is not ("22012" or "25P02"))
                    throw new IOException($"a stranger met {error}");
                await Task.Delay(Pause, _ending.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
        finally
        {
            await session.DisposeAsync();
        }
    }
}
