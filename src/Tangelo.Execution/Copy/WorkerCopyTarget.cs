using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Shards;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Execution.Copy;

/// <summary>Runs whole COPY FROM STDIN commands on shards, over the transaction's one connection to each node.</summary>
public sealed class WorkerCopyTarget(IExecutionContext context) : IDisposable
{
    private const int PieceSize = 64 * 1024;

    private readonly SemaphoreSlim _joining = new(1, 1);

    /// <inheritdoc/>
    public void Dispose() => _joining.Dispose();

    /// <summary>COPY shard (columns) FROM STDIN WITH options WHERE condition, the data, CopyDone.</summary>
    /// <returns>The number of rows.</returns>
    /// <exception cref="PgException">The node's error with the CONTEXT the node gave; the connection is in step again.</exception>
    public async ValueTask<long> CopyAsync(
        DistributedTable table,
        IReadOnlyList<string> columns,
        GroupId group,
        int shardIndex,
        ReadOnlyMemory<byte> data,
        string options,
        string? where,
        CancellationToken cancellation)
    {
        var participant = await BeginAsync(table, columns, group, shardIndex, options, where, cancellation).ConfigureAwait(false);
        await SendAsync(participant.Connection, data, cancellation).ConfigureAwait(false);
        FrontendMessages.CopyDone(participant.Connection.Out);
        return await EndAsync(participant, cancellation).ConfigureAwait(false);
    }

    /// <summary>The same for data that comes in pieces. When asking for one throws, the node is told that the COPY fails, and its answer is thrown.</summary>
    public async ValueTask<long> CopyAsync(
        DistributedTable table,
        IReadOnlyList<string> columns,
        GroupId group,
        int shardIndex,
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        string options,
        string? where,
        CancellationToken cancellation)
    {
        var participant = await BeginAsync(table, columns, group, shardIndex, options, where, cancellation).ConfigureAwait(false);
        try
        {
            await foreach (var piece in pieces.ConfigureAwait(false))
                await SendAsync(participant.Connection, piece, cancellation).ConfigureAwait(false);
            FrontendMessages.CopyDone(participant.Connection.Out);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            FrontendMessages.CopyFail(participant.Connection.Out, e.Message);
        }

        return await EndAsync(participant, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<Participant> BeginAsync(
        DistributedTable table, IReadOnlyList<string> columns, GroupId group, int shardIndex, string options, string? where, CancellationToken cancellation)
    {
        var participant = await JoinAsync(group, cancellation).ConfigureAwait(false);
        var shard = ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[shardIndex].Id));
        FrontendMessages.Query(
            participant.Connection.Out,
            $"COPY {shard} ({string.Join(", ", columns.Select(ShardNames.Quote))}) FROM STDIN" + (options.Length == 0 ? "" : $" WITH {options}") + (where is null ? "" : $" WHERE {where}"));
        return participant;
    }

    // The data follows the command at once: a server that refuses the command ignores it, so nothing is gained by waiting.
    private static async ValueTask SendAsync(BackendConnection connection, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        for (; data.Length > 0; data = data[Math.Min(data.Length, PieceSize)..])
        {
            connection.Out.WriteMessage(FrontendCode.CopyData, data.Span[..Math.Min(data.Length, PieceSize)]);
            await connection.FlushAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask<long> EndAsync(Participant participant, CancellationToken cancellation)
    {
        await participant.Connection.FlushAsync(cancellation).ConfigureAwait(false);
        await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
        return await ReadAsync(participant, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<Participant> JoinAsync(GroupId group, CancellationToken cancellation)
    {
        // Calls for several nodes overlap, joining does not.
        await _joining.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
            return await context.Transaction.JoinAsync(context.Map, group, settings, write: true, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _joining.Release();
        }
    }

    private async ValueTask<long> ReadAsync(Participant participant, CancellationToken cancellation)
    {
        long rows = 0;
        PgError? failure = null;
        participant.Connection.OnNotice ??= body => context.ForwardNotice(ShardNameEraser.Erase(ErrorFields.Read(body.Span), context.Map));
        while (true)
        {
            var message = await participant.Connection.ReadReplyAsync(cancellation).ConfigureAwait(false);
            switch (message.Type)
            {
                case BackendCode.CommandComplete:
                    rows = CommandTag.RowCount(message.Body.Span);
                    break;
                case BackendCode.ErrorResponse:
                    failure ??= participant.Connection.Failure(ErrorFields.Read(message.Body.Span));
                    break;
                case BackendCode.ReadyForQuery:
                    return failure is null ? rows : throw new PgException(ShardNameEraser.Erase(failure, context.Map) with { Where = failure.Where });
            }
        }
    }
}
