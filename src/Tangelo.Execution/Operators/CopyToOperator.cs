using System.Buffers.Binary;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;

namespace Tangelo.Execution.Operators;

/// <summary>Runs a <see cref="CopyToPlan"/>: one COPY stream made of those of the shards.</summary>
internal sealed class CopyToOperator(IExecutionContext context)
{
    private readonly ShardRunner _runner = new(context);
    private readonly ShardResolver _resolver = new(context);

    public async ValueTask<long> RunAsync(CopyToPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        var tasks = await _resolver.ResolveAsync(plan.Shards, request, StatementKind.Select, write: false, cancellation).ConfigureAwait(false);
        using var frame = new OutputBuffer();
        BackendMessages.CopyResponse(frame, BackendCode.CopyOutResponse, plan.Options.Format == CopyFormat.Binary, plan.ColumnCount);
        var merger = new CopyOutMerger(plan.Options, plan.ColumnNames);
        if (merger.Begin() is { IsEmpty: false } begin)
            frame.WriteMessage(BackendCode.CopyData, begin.Span);
        await request.Sink.WriteAsync(frame.Written, cancellation).ConfigureAwait(false);

        // Text and CSV pass untouched, all shards in one pipeline; binary streams lose their headers one shard at a time.
        long rows = 0;
        if (plan.Options.Format != CopyFormat.Binary)
        {
            rows = await _runner.RunAsync(plan.Query, tasks, request.Parameters, request.ShardTypeCodes, write: false, request.Sink, cancellation).ConfigureAwait(false);
        }
        else
        {
            foreach (var task in tasks)
            {
                merger.BeginShard();
                rows += await _runner.RunAsync(
                    plan.Query, [task], request.Parameters, request.ShardTypeCodes, write: false, new BinarySink(merger, request.Sink), cancellation).ConfigureAwait(false);
            }
        }

        frame.Clear();
        if (merger.End() is { IsEmpty: false } end)
            frame.WriteMessage(BackendCode.CopyData, end.Span);
        BackendMessages.Empty(frame, BackendCode.CopyDone);
        await request.Sink.WriteAsync(frame.Written, cancellation).ConfigureAwait(false);
        return rows;
    }

    private sealed class BinarySink(CopyOutMerger merger, RowSink next) : RowSink
    {
        public override bool TakesPieces => false;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
        {
            using var output = new OutputBuffer();
            while (messages.Length > 0)
            {
                var size = BinaryPrimitives.ReadInt32BigEndian(messages.Span[1..]) + 1;
                if (merger.Take(messages[5..size]) is { IsEmpty: false } payload)
                    output.WriteMessage(BackendCode.CopyData, payload.Span);
                messages = messages[size..];
            }

            await next.WriteAsync(output.Written, cancellation).ConfigureAwait(false);
        }
    }
}
