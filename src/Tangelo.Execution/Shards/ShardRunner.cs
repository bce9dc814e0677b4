using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Execution.Shards;

/// <summary>
/// Runs one query on many shards: all of a node's shards are pipelined over its one connection, all nodes work at the same
/// time, and rows pass on as the bytes that came.
/// </summary>
/// <param name="context">The session.</param>
/// <param name="exact">True when the rows are computed with and not shown: values come in exact forms, whatever the client's settings are.</param>
public sealed class ShardRunner(IExecutionContext context, bool exact = false)
{
    /// <summary>Changes what the nodes' errors and notices say, after shard names were taken out.</summary>
    public Func<PgError, PgError>? Reword { get; init; }

    /// <summary>
    /// Makes what takes one node's rows out of the sink of all. With it the nodes are read at the same time: their rows reach the sink in any order,
    /// whole messages at a time.
    /// </summary>
    public Func<RowSink, RowSink>? SinkOfNode { get; init; }

    // What nodes say that are read at the same time; null where they are read in turn.
    private NoticeQueue? _together;

    /// <summary>A run of whole messages is passed on at once up to this many bytes; a longer message goes in pieces.</summary>
    private const int LongMessage = 64 * 1024;

    /// <summary>
    /// Runs <paramref name="query"/> for every task and passes the rows of those that count to <paramref name="sink"/>. A reference table's further
    /// replicas follow when the first is done: of two writers of one row, the same is first on all of them.
    /// </summary>
    /// <returns>The sum of the row counts in the command tags.</returns>
    /// <exception cref="PgException">The first error of any node, with its shard names taken out. All connections are in step again.</exception>
    public async ValueTask<long> RunAsync(
        ShardQuery query,
        IReadOnlyList<ShardTask> tasks,
        ParameterSet parameters,
        uint[] parameterTypes,
        bool write,
        RowSink sink,
        CancellationToken cancellation)
    {
        if (write || context.Transaction.IsOpen)
            return await RunOnceAsync(query, tasks, parameters, parameterTypes, write, mayBeLost: false, sink, cancellation).ConfigureAwait(false);
        try
        {
            return await RunOnceAsync(query, tasks, parameters, parameterTypes, write, mayBeLost: true, sink, cancellation).ConfigureAwait(false);
        }
        catch (LostInPoolException)
        {
            context.Transaction.ReleaseIfAutocommit();
            return await RunOnceAsync(query, tasks, parameters, parameterTypes, write, mayBeLost: false, sink, cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask<long> RunOnceAsync(
        ShardQuery query,
        IReadOnlyList<ShardTask> tasks,
        ParameterSet parameters,
        uint[] parameterTypes,
        bool write,
        bool mayBeLost,
        RowSink sink,
        CancellationToken cancellation)
    {
        if (tasks.Count == 1)
        {
            var only = await StartAsync(tasks[0].Group, write, mayBeLost, cancellation).ConfigureAwait(false);
            WriteTask(only.Connection, query, tasks[0].ShardIndex, parameters, parameterTypes, keepPrepared: true);
            FrontendMessages.Sync(only.Connection.Out);
            var one = new NodeProgress(only, [tasks[0].CountsRows]);
            try
            {
                await only.Connection.FlushAsync(cancellation).ConfigureAwait(false);
                await ReadAsync(one, SinkOfNode is null ? sink : SinkOfNode(sink), cancellation).ConfigureAwait(false);
            }
            catch (PgException e) when (!only.Connection.IsHealthy)
            {
                one.Failure = e;
            }

            return one.Failure is null ? one.Count : throw Cause([one], one, mayBeLost);
        }

        if (write && tasks.Any(t => !t.CountsRows))
        {
            var first = tasks.Where(t => t.CountsRows).ToList();
            var count = await RunAsync(query, first, parameters, parameterTypes, write, sink, cancellation).ConfigureAwait(false);
            var copies = tasks.Where(t => !t.CountsRows).Select(t => t with { CountsRows = true }).ToList();
            await RunAsync(query, copies, parameters, parameterTypes, write, NullSink.Instance, cancellation).ConfigureAwait(false);
            return count;
        }

        return await RunByNodeAsync(
            tasks, t => t, (connection, task) => WriteTask(connection, query, task.ShardIndex, parameters, parameterTypes, keepPrepared: false),
            write, mayBeLost, sink, cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs a text per task, without parameters or with the same ones, in the order given on each node. The sink gets the rows
    /// of one task after the other, in the order of <see cref="ShardTask.InOrderOfRows"/>. Further replicas follow as in <see cref="RunAsync"/>.
    /// </summary>
    public async ValueTask<long> RunTextsAsync(
        IReadOnlyList<(ShardTask Task, byte[] Sql)> tasks,
        ParameterSet parameters,
        uint[] parameterTypes,
        bool write,
        RowSink sink,
        CancellationToken cancellation)
    {
        if (write && tasks.Any(t => !t.Task.CountsRows))
        {
            var first = tasks.Where(t => t.Task.CountsRows).ToList();
            var count = await RunTextsAsync(first, parameters, parameterTypes, write, sink, cancellation).ConfigureAwait(false);
            var copies = tasks.Where(t => !t.Task.CountsRows).Select(t => (t.Task with { CountsRows = true }, t.Sql)).ToList();
            await RunTextsAsync(copies, parameters, parameterTypes, write, NullSink.Instance, cancellation).ConfigureAwait(false);
            return count;
        }

        return await RunByNodeAsync(
            tasks, t => t.Task, (connection, task) => Write(connection, task.Sql, parameters.ForShard(task.Task.ShardIndex), parameterTypes), write, mayBeLost: false, sink, cancellation).ConfigureAwait(false);
    }

    private static void Write(BackendConnection connection, byte[] sql, ParameterSet parameters, uint[] parameterTypes)
    {
        connection.Prepared.Unnamed(sql, PartParameters.TypesFor(sql, parameters, parameterTypes));
        FrontendMessages.Bind(connection.Out, "", "", parameters.Tail);
        FrontendMessages.Execute(connection.Out, "", 0);
    }

    /// <summary>Sends each node its tasks as one pipeline and reads all answers.</summary>
    private async ValueTask<long> RunByNodeAsync<T>(
        IReadOnlyList<T> tasks, Func<T, ShardTask> shardOf, Action<BackendConnection, T> send, bool write, bool mayBeLost, RowSink sink, CancellationToken cancellation)
    {
        var nodes = new List<NodeProgress>();
        foreach (var group in tasks.GroupBy(t => shardOf(t).Group))
        {
            var participant = await StartAsync(group.Key, write, mayBeLost, cancellation).ConfigureAwait(false);
            foreach (var task in group)
                send(participant.Connection, task);
            FrontendMessages.Sync(participant.Connection.Out);
            nodes.Add(new NodeProgress(participant, [.. group.Select(t => shardOf(t).CountsRows)]));
        }

        return await RunNodesAsync(nodes, mayBeLost, sink, cancellation).ConfigureAwait(false);
    }

    private static void WriteTask(
        BackendConnection connection, ShardQuery query, int shard, ParameterSet parameters, uint[] parameterTypes, bool keepPrepared)
    {
        var sql = query.Render(shard);
        var name = "";
        if (keepPrepared)
            name = connection.Prepared.Use(query, shard, sql, parameterTypes);
        else
            connection.Prepared.Unnamed(sql, parameterTypes);
        FrontendMessages.Bind(connection.Out, "", name, parameters.ForShard(shard).Tail);
        FrontendMessages.Execute(connection.Out, "", 0);
    }

    private async ValueTask<Participant> StartAsync(GroupId group, bool write, bool mayBeLost, CancellationToken cancellation)
    {
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        return await context.Transaction.JoinAsync(context.Map, group, exact ? settings.WithExactOutput : settings, write, cancellation, mayBeLost).ConfigureAwait(false);
    }

    private async ValueTask<long> RunNodesAsync(List<NodeProgress> nodes, bool mayBeLost, RowSink sink, CancellationToken cancellation)
    {
        // Sending is not awaited before reading: a node that answers while it is still being asked must be able to.
        var sending = nodes.Select(n => n.Participant.Connection.FlushAsync(cancellation).AsTask()).ToList();
        var failed = SinkOfNode is null
            ? await ReadInTurnAsync(nodes, sink, cancellation).ConfigureAwait(false)
            : await ReadTogetherAsync(nodes, sink, cancellation).ConfigureAwait(false);

        try
        {
            await Task.WhenAll(sending).ConfigureAwait(false);
        }
        catch (PgException) when (nodes.Exists(n => n.Failure is not null))
        {
            // A lost connection was already met while reading.
        }

        // The error that came first is the cause; cancellations are its consequences.
        return failed is not null ? throw Cause(nodes, failed, mayBeLost) : nodes.Sum(n => n.Count);
    }

    /// <summary>Reads one node after the other.</summary>
    /// <returns>The node that failed first.</returns>
    private async ValueTask<NodeProgress?> ReadInTurnAsync(List<NodeProgress> nodes, RowSink sink, CancellationToken cancellation)
    {
        NodeProgress? failed = null;
        foreach (var node in nodes)
        {
            await ReadAsync(node, sink, cancellation).ConfigureAwait(false);
            if (node.Failure is null)
                continue;
            failed ??= node;
            await CancelOthersAsync(nodes).ConfigureAwait(false);
            sink = NullSink.Instance;
        }

        return failed;
    }

    /// <summary>Reads all nodes at the same time.</summary>
    /// <returns>The node that failed first.</returns>
    private async ValueTask<NodeProgress?> ReadTogetherAsync(List<NodeProgress> nodes, RowSink sink, CancellationToken cancellation)
    {
        NodeProgress? failed = null;
        _together = new NoticeQueue(context.ForwardNotice);
        using var turns = new SinkTurns(_together);
        await Task.WhenAll(nodes.Select(async node =>
        {
            using var turn = new TurnSink(turns, SinkOfNode!(sink));
            await ReadAsync(node, turn, cancellation).ConfigureAwait(false);
            node.Participant.Connection.OnNotice = null;
            if (node.Failure is null || !turns.Stop())
                return;
            failed = node;
            await CancelOthersAsync(nodes).ConfigureAwait(false);
        })).ConfigureAwait(false);
        _together.Pass();
        _together = null;
        return failed;
    }

    // The others work for nothing now.
    private static async ValueTask CancelOthersAsync(List<NodeProgress> nodes)
    {
        foreach (var other in nodes.Where(n => !n.IsDone && n.Failure is null && n.Participant.Connection.IsHealthy))
            await CancelSender.SendAsync(other.Participant.Connection).ConfigureAwait(false);
    }

    // A connection that ended while it lay in the pool is no failure of the statement, which has not run there.
    private static Exception Cause(List<NodeProgress> nodes, NodeProgress failed, bool mayBeLost) =>
        mayBeLost && failed.Participant.Connection is { IsHealthy: false, IsUsed: true } && nodes.TrueForAll(n => !n.HasPassedRows)
            ? new LostInPoolException(failed.Failure!)
            : failed.Failure!;

    private async ValueTask ReadAsync(NodeProgress node, RowSink sink, CancellationToken cancellation)
    {
        var connection = node.Participant.Connection;
        if (_together is { } notices)
            connection.OnNotice = body => Take(ErrorFields.Read(body.Span), notices.Add);
        else if (Reword is not null || connection.OnNotice is null)
            connection.OnNotice = body => Take(ErrorFields.Read(body.Span), context.ForwardNotice);
        try
        {
            await node.Participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
        }
        catch (PgException e)
        {
            node.Failure = e;
            if (!connection.IsHealthy)
                return;
        }

        try
        {
            while (true)
            {
                if (!connection.In.TryPeekHeader(out var type, out var size))
                {
                    await connection.FillAsync(cancellation).ConfigureAwait(false);
                    continue;
                }

                if (type is BackendCode.DataRow or BackendCode.CopyData)
                {
                    var target = node.Counts && node.Failure is null ? sink : NullSink.Instance;
                    node.HasPassedRows = true;
                    await PassRowsAsync(connection, target, type, size, cancellation).ConfigureAwait(false);
                    continue;
                }

                if (!connection.TryRead(out var message))
                {
                    await connection.FillAsync(cancellation).ConfigureAwait(false);
                    continue;
                }

                switch (message.Type)
                {
                    case BackendCode.CommandComplete:
                        if (node.Counts)
                            node.Count += CommandTag.RowCount(message.Body.Span);
                        node.NextTask();
                        sink.TaskCompleted();
                        break;
                    case BackendCode.ErrorResponse:
                        node.Failure ??= new PgException(Clean(connection.Failure(ErrorFields.Read(message.Body.Span))));
                        break;
                    case BackendCode.NoticeResponse:
                        connection.OnNotice?.Invoke(message.Body);
                        break;
                    case BackendCode.ReadyForQuery:
                        connection.Prepared.ForgetUnconfirmed();
                        node.IsDone = true;
                        return;
                }
            }
        }
        catch (PgException e) when (!connection.IsHealthy)
        {
            node.Failure ??= e;
            node.IsDone = true;
        }
    }

    private void Take(PgError notice, Action<PgError> forward)
    {
        // Warnings of escapes and cut identifiers come from parsing: the client has had those of its own text.
        if (notice.Code is not (SqlState.NonstandardEscape or SqlState.NameTooLong))
            forward(Clean(notice));
    }

    private PgError Clean(PgError error)
    {
        var erased = ShardNameEraser.Erase(error, context.Map);
        return Reword?.Invoke(erased) ?? erased;
    }

    private static async ValueTask PassRowsAsync(BackendConnection connection, RowSink sink, byte type, int size, CancellationToken cancellation)
    {
        var input = connection.In;
        if (input.Length < size)
        {
            if (size <= LongMessage || !sink.TakesPieces)
            {
                await connection.FillAsync(cancellation).ConfigureAwait(false);
                return;
            }

            for (var rest = size; rest > 0;)
            {
                if (input.Length == 0)
                    await connection.FillAsync(cancellation).ConfigureAwait(false);
                var piece = Math.Min(rest, input.Length);
                await sink.WriteAsync(input.UnreadMemory[..piece], cancellation).ConfigureAwait(false);
                input.Consume(piece);
                rest -= piece;
            }

            return;
        }

        var run = WholeMessages(input.Unread, type);
        await sink.WriteAsync(input.UnreadMemory[..run], cancellation).ConfigureAwait(false);
        input.Consume(run);
    }

    /// <summary>Length in bytes of the whole messages of one type at the front.</summary>
    private static int WholeMessages(ReadOnlySpan<byte> bytes, byte type)
    {
        var end = 0;
        while (bytes.Length - end >= 5 && bytes[end] == type)
        {
            var next = end + 1 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes[(end + 1)..]);
            if (next > bytes.Length)
                break;
            end = next;
        }

        return end;
    }

    private sealed class LostInPoolException(PgException cause) : Exception(cause.Message, cause);

    /// <summary>How far the answers of one node have been read.</summary>
    private sealed class NodeProgress(Participant participant, bool[] counts)
    {
        private int _task;

        public Participant Participant => participant;

        public long Count { get; set; }

        public PgException? Failure { get; set; }

        public bool IsDone { get; set; }

        /// <summary>True once rows of it may have reached the sink: it cannot run again.</summary>
        public bool HasPassedRows { get; set; }

        /// <summary>Whether the task that answers now counts.</summary>
        public bool Counts => counts[Math.Min(_task, counts.Length - 1)];

        public void NextTask() => _task++;
    }
}
