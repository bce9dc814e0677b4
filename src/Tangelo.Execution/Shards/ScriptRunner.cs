using System.Text;
using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Transactions;

namespace Tangelo.Execution.Shards;

/// <summary>Runs statements without parameters on nodes and throws their results away: schema changes.</summary>
public sealed class ScriptRunner(IExecutionContext context)
{
    private readonly NoticeQueue _notices = new(context.ForwardNotice);

    /// <summary>
    /// Runs the texts in their order on each node, all nodes at the same time, as one script per node: in an open
    /// transaction that is what it is part of.
    /// </summary>
    /// <exception cref="PgException">The first error, without shard names. Every node is in step again.</exception>
    public async Task RunAsync(IEnumerable<(GroupId Group, string Sql)> statements, CancellationToken cancellation)
    {
        var running = new List<(Participant Participant, Task Sending)>();
        foreach (var node in statements.GroupBy(s => s.Group))
        {
            var participant = await JoinAsync(node.Key, cancellation).ConfigureAwait(false);
            FrontendMessages.Query(participant.Connection.Out, Encoding.UTF8.GetBytes(string.Join(";\n", node.Select(s => s.Sql))));
            running.Add((participant, participant.Connection.FlushAsync(cancellation).AsTask()));
        }

        PgException? failure = null;
        foreach (var (participant, sending) in running)
        {
            try
            {
                await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
                await participant.Connection.ReadResultAsync(cancellation).ConfigureAwait(false);
                await sending.ConfigureAwait(false);
            }
            catch (PgException e)
            {
                failure ??= new PgException(ShardNameEraser.Erase(NodeScriptFrames.Remove(e.Error), context.Map), e);
            }
            finally
            {
                participant.Connection.OnNotice = null;
                _notices.Pass();
            }
        }

        if (failure is not null)
            throw failure;
    }

    /// <summary>Runs each text by itself, one after the other on each node: what PostgreSQL refuses in a transaction block.</summary>
    /// <exception cref="PgException">The first error, when all texts have had their turn.</exception>
    public async Task RunOneByOneAsync(IEnumerable<(GroupId Group, string Sql)> statements, CancellationToken cancellation)
    {
        var nodes = new List<(Participant Participant, List<string> Texts)>();
        foreach (var node in statements.GroupBy(s => s.Group))
            nodes.Add((await JoinAsync(node.Key, cancellation).ConfigureAwait(false), [.. node.Select(s => s.Sql)]));

        var failures = await Task.WhenAll(nodes.Select(n => RunAllAsync(n.Participant, n.Texts, cancellation))).ConfigureAwait(false);
        _notices.Pass();
        if (failures.FirstOrDefault(f => f is not null) is { } failure)
            throw new PgException(ShardNameEraser.Erase(NodeScriptFrames.Remove(failure.Error), context.Map), failure);
    }

    // A text that fails does not keep the others from running: what is left undone can then be seen on the failed shard alone.
    private static async Task<PgException?> RunAllAsync(Participant participant, List<string> texts, CancellationToken cancellation)
    {
        PgException? failure = null;
        foreach (var sql in texts)
        {
            try
            {
                FrontendMessages.Query(participant.Connection.Out, Encoding.UTF8.GetBytes(sql));
                await participant.Connection.FlushAsync(cancellation).ConfigureAwait(false);
                await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
                await participant.Connection.ReadResultAsync(cancellation).ConfigureAwait(false);
            }
            catch (PgException e)
            {
                failure ??= e;
                if (!participant.Connection.IsHealthy || e.Error.Code == SqlState.QueryCanceled)
                    break;
            }
        }

        participant.Connection.OnNotice = null;
        return failure;
    }

    private async ValueTask<Participant> JoinAsync(GroupId group, CancellationToken cancellation)
    {
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        var participant = await context.Transaction.JoinAsync(context.Map, group, settings, write: true, cancellation, forRows: false).ConfigureAwait(false);
        participant.Connection.OnNotice = body => TakeNotice(ErrorFields.Read(body.Span));
        return participant;
    }

    // The coordinator has given the notices of a schema change already ("drop cascades to ..."); a shard's warnings and VERBOSE count.
    private void TakeNotice(PgError notice)
    {
        if (notice.Severity != "NOTICE")
            _notices.Add(ShardNameEraser.Erase(notice, context.Map));
    }
}
