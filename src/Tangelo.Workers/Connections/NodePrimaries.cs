using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Tangelo.Core;

namespace Tangelo.Workers.Connections;

/// <summary>
/// Finds the primary among the servers of a node, by asking them. Nothing has been sent to a connection that comes from here, so who waits for it loses
/// nothing and sends nothing twice. A server that was the primary once and has come back without knowing of its successor is told by its timeline:
/// none that is older than one the cluster has seen is taken (docs/decisions/0080).
/// </summary>
internal sealed class NodePrimaries
{
    private const string Question =
        """
        SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL ELSE pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8) END,
            pg_catalog.pg_postmaster_start_time()
        """;

    // One of several servers that does not answer is not waited for longer than that: the others may be what is looked for.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<(string Host, int Port), Found> _found = new();

    /// <summary>The server that was the primary the last time; null when none was.</summary>
    public (string Host, int Port)? LastOf(BackendAddress node) => _found.TryGetValue((node.Host, node.Port), out var found) ? (found.Host, found.Port) : null;

    /// <summary>Connects to the primary, waiting until there is one.</summary>
    /// <param name="node">The node.</param>
    /// <param name="open">Logs in at one of its servers.</param>
    /// <param name="known">The newest timeline that any router has seen there.</param>
    /// <param name="patience">The longest wait.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The connection and the primary's timeline.</returns>
    /// <exception cref="PgException">08006: there was no primary all the time; 55000: there are two; or what the servers refuse.</exception>
    public async Task<(BackendConnection Connection, long Timeline)> ConnectAsync(
        BackendAddress node, Func<BackendAddress, CancellationToken, Task<BackendConnection>> open, long known, TimeSpan patience, CancellationToken cancellation)
    {
        var servers = NodeHosts.Of(node.Host, node.Port).Select(s => node with { Host = s.Host, Port = s.Port }).ToImmutableArray();
        var key = (node.Host, node.Port);
        var since = Stopwatch.GetTimestamp();
        if (_found.TryGetValue(key, out var found))
            known = Math.Max(known, found.Timeline);
        if (found is not null && servers.Contains(node with { Host = found.Host, Port = found.Port }))
        {
            // The server that was asked before and has not been started since has nothing new to tell, nor have the others.
            var same = await AskAsync(node with { Host = found.Host, Port = found.Port }, open, cancellation).ConfigureAwait(false);
            if (same.Connection is { } connection && same.Timeline >= known && same.Started == found.Started)
                return (connection, same.Timeline.Value);
            same.Connection?.Dispose();
        }

        while (true)
        {
            var answers = await Task.WhenAll(servers.Select(s => AskAsync(s, open, cancellation))).ConfigureAwait(false);
            var primary = answers.Where(a => a.Timeline is { } t && t >= known).MaxBy(a => a.Timeline);
            var isAlone = answers.Count(a => primary is not null && a.Timeline == primary.Timeline) == 1;
            foreach (var other in answers.Where(a => !isAlone || a != primary || cancellation.IsCancellationRequested))
                other.Connection?.Dispose();
            cancellation.ThrowIfCancellationRequested();
            if (primary is not null && isAlone)
            {
                _found[key] = new Found(primary.Server.Host, primary.Server.Port, primary.Timeline!.Value, primary.Started);
                return (primary.Connection!, primary.Timeline.Value);
            }

            if (primary is null && answers.FirstOrDefault(a => a.Refusal is { } r && !MayChange(r)) is { } refusing)
                throw refusing.Refusal!;
            if (Stopwatch.GetElapsedTime(since) + Pause >= patience)
                throw None(node, answers, known, primary is not null);
            await Task.Delay(Pause, cancellation).ConfigureAwait(false);
        }
    }

    private static async Task<Answer> AskAsync(BackendAddress server, Func<BackendAddress, CancellationToken, Task<BackendConnection>> open, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        BackendConnection? connection = null;
        try
        {
            connection = await open(server, limit.Token).ConfigureAwait(false);
            var row = (await connection.QueryAsync(Question, limit.Token).ConfigureAwait(false))[0];
            if (row[0] is { } timeline)
                return new Answer(server, connection, long.Parse(timeline, NumberStyles.HexNumber, CultureInfo.InvariantCulture), row[1], null);
            connection.Dispose();
            return new Answer(server, null, null, row[1], null);
        }
        catch (PgException e)
        {
            connection?.Dispose();
            return new Answer(server, null, null, null, e);
        }
        catch (OperationCanceledException e)
        {
            connection?.Abort();
            connection?.Dispose();
            return new Answer(
                server, null, null, null,
                new PgException(SqlState.ConnectionFailure, $"connection to the remote node {server.Node} failed with the following error: timeout expired", inner: e));
        }
    }

    // A server that is not there, starts or stops may be the primary soon. That a role or database does not exist stays so, and would be so everywhere.
    private static bool MayChange(PgException refusal) =>
        refusal.Code.StartsWith("08", StringComparison.Ordinal) || refusal.Code.StartsWith("57P", StringComparison.Ordinal) || SqlState.IsAboutServer(refusal.Code);

    private static PgException None(BackendAddress node, IEnumerable<Answer> answers, long known, bool areSeveral)
    {
        var detail = string.Join('\n', answers.Select(a => $"{a.Server.Node}: " + a switch
        {
            { Refusal: { } refusal } => refusal.Error.Message,
            { Timeline: null } => "is a standby",
            { Timeline: { } timeline } when timeline < known => $"is on timeline {timeline}, which was left for timeline {known}",
            _ => $"is a primary on timeline {a.Timeline}",
        }));
        return areSeveral
            ? new PgException(SqlState.ObjectNotInPrerequisiteState, $"there are several primary servers in node {node.Node}", detail, "Stop all of them but one.")
            : new PgException(SqlState.ConnectionFailure, $"there is no primary server in node {node.Node}", detail, "Promote one of its servers.");
    }

    private sealed record Found(string Host, int Port, long Timeline, string? Started);

    // The connection is there with the timeline.
    private sealed record Answer(BackendAddress Server, BackendConnection? Connection, long? Timeline, string? Started, PgException? Refusal);
}
