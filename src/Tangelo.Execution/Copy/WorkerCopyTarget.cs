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
    private readonly NoticeQueue _notices = new(context.ForwardNotice);

    /// <inheritdoc/>
    public void Dispose() => _joining.Dispose();

    /// <summary>Gives the client what the nodes have said until now: several of them speak at the same time, and the client's buffer has one writer.</summary>
    public void PassNotices() => _notices.Pass();

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
        var command = await BeginAsync(table, columns, group, shardIndex, options, where, cancellation).ConfigureAwait(false);

        // Both at the same time: a node that has much to say would not take the rest of the data while nobody listens.
        var sending = command.SendAsync(data, cancellation).AsTask();
        try
        {
            return await command.ReadReplyAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Begins such a command. The next one may be begun when all data of this one was sent.</summary>
    public async ValueTask<ICopyCommand> BeginAsync(
        DistributedTable table, IReadOnlyList<string> columns, GroupId group, int shardIndex, string options, string? where, CancellationToken cancellation)
    {
        var participant = await JoinAsync(group, cancellation).ConfigureAwait(false);
        var shard = ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[shardIndex].Id));
        FrontendMessages.Query(
            participant.Connection.Out,
            $"COPY {shard} ({string.Join(", ", columns.Select(ShardNames.Quote))}) FROM STDIN" + (options.Length == 0 ? "" : $" WITH {options}") + (where is null ? "" : $" WHERE {where}"));
        return new Command(context, participant, _notices);
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

    private sealed class Command(IExecutionContext context, Participant participant, NoticeQueue notices) : ICopyCommand
    {
        private readonly BackendConnection _connection = participant.Connection;

        // The data follows the command at once: a server that refuses the command ignores it, so nothing is gained by waiting.
        public async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            await SendPieceAsync(data, cancellationToken).ConfigureAwait(false);
            FrontendMessages.CopyDone(_connection.Out);
            await _connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        public async ValueTask SendAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellationToken)
        {
            try
            {
                await foreach (var piece in pieces.ConfigureAwait(false))
                    await SendPieceAsync(piece, cancellationToken).ConfigureAwait(false);
                FrontendMessages.CopyDone(_connection.Out);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                FrontendMessages.CopyFail(_connection.Out, e.Message);
            }

            await _connection.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        public async ValueTask<long> ReadReplyAsync(CancellationToken cancellationToken)
        {
            long rows = 0;
            PgError? failure = null;
            try
            {
                await participant.FinishPreludesAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PgException e) when (_connection.IsHealthy)
            {
                // The command that follows is answered all the same.
                failure = e.Error;
            }

            _connection.OnNotice = body => notices.Add(ShardNameEraser.Erase(ErrorFields.Read(body.Span), context.Map));
            while (true)
            {
                var message = await _connection.ReadReplyAsync(cancellationToken).ConfigureAwait(false);
                switch (message.Type)
                {
                    case BackendCode.CommandComplete:
                        rows = CommandTag.RowCount(message.Body.Span);
                        break;
                    case BackendCode.ErrorResponse:
                        failure ??= _connection.Failure(ErrorFields.Read(message.Body.Span));
                        break;
                    case BackendCode.ReadyForQuery:
                        _connection.OnNotice = null;
                        return failure is null ? rows : throw new PgException(ShardNameEraser.Erase(failure, context.Map) with { Where = failure.Where });
                }
            }
        }

        private async ValueTask SendPieceAsync(ReadOnlyMemory<byte> data, CancellationToken cancellation)
        {
            for (; data.Length > 0; data = data[Math.Min(data.Length, PieceSize)..])
            {
                _connection.Out.WriteMessage(FrontendCode.CopyData, data.Span[..Math.Min(data.Length, PieceSize)]);
                await _connection.FlushAsync(cancellation).ConfigureAwait(false);
            }
        }
    }
}
