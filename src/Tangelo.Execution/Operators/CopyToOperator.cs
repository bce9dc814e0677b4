using System.Buffers.Binary;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Buffers;
using Tangelo.Protocol.Messages;

namespace Tangelo.Execution.Operators;

/// <summary>Runs a <see cref="CopyToPlan"/>: one COPY stream made of those of the shards, which all nodes send at the same time.</summary>
internal sealed class CopyToOperator(IExecutionContext context)
{
    private const uint Bytea = 17;

    private readonly ShardResolver _resolver = new(context);
    private readonly LinkRunner _link = new(context);

    public async ValueTask<long> RunAsync(CopyToPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        var tasks = await _resolver.ResolveAsync(plan.Shards, request, StatementKind.Select, write: false, cancellation).ConfigureAwait(false);
        var isBinary = plan.Options.Format == CopyFormat.Binary;
        var merger = new CopyOutMerger(plan.Options, plan.ColumnNames);
        var begin = await InClientEncodingAsync(merger.Begin(), plan.Options.Encoding, cancellation).ConfigureAwait(false);
        using var frame = new OutputBuffer();
        BackendMessages.CopyResponse(frame, BackendCode.CopyOutResponse, isBinary, plan.ColumnCount);
        if (!begin.IsEmpty)
            frame.WriteMessage(BackendCode.CopyData, begin.Span);
        await request.Sink.WriteAsync(frame.Written, cancellation).ConfigureAwait(false);

        // Text and CSV pass untouched; binary streams lose their headers and trailers.
        var runner = new ShardRunner(context) { SinkOfNode = sink => isBinary ? new BinarySink(merger, sink) : sink };
        var rows = await runner.RunAsync(plan.Query, tasks, request.Parameters, request.ShardTypeCodes, write: false, request.Sink, cancellation).ConfigureAwait(false);

        frame.Clear();
        if (merger.End() is { IsEmpty: false } end)
            frame.WriteMessage(BackendCode.CopyData, end.Span);
        BackendMessages.Empty(frame, BackendCode.CopyDone);
        await request.Sink.WriteAsync(frame.Written, cancellation).ConfigureAwait(false);
        return rows;
    }

    /// <summary>A header line as the data will be. What is beyond ASCII PostgreSQL has to convert.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> InClientEncodingAsync(ReadOnlyMemory<byte> header, string? encoding, CancellationToken cancellation)
    {
        if (Ascii.IsValid(header.Span))
            return header;
        var target = encoding is null ? "pg_catalog.pg_client_encoding()" : ShardNames.Literal(encoding);
        var rows = new RowListSink();
        await _link.RunAsync(
            $"SELECT pg_catalog.convert($1, 'UTF8', {target})", ParameterSet.OneBinary(header).WithBinaryResults(), [Bytea], rows, cancellation).ConfigureAwait(false);
        return rows.ReadBytes()[0][0];
    }

    /// <summary>The rows of one node's shards, one shard after the other.</summary>
    private sealed class BinarySink(CopyOutMerger merger, RowSink next) : RowSink
    {
        private bool _atShardStart = true;

        public override bool TakesPieces => false;

        public override void TaskCompleted() => _atShardStart = true;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
        {
            using var output = new OutputBuffer();
            while (messages.Length > 0)
            {
                var size = BinaryPrimitives.ReadInt32BigEndian(messages.Span[1..]) + 1;
                if (_atShardStart)
                    merger.BeginShard();
                _atShardStart = false;
                if (merger.Take(messages[5..size]) is { IsEmpty: false } payload)
                    output.WriteMessage(BackendCode.CopyData, payload.Span);
                messages = messages[size..];
            }

            await next.WriteAsync(output.Written, cancellation).ConfigureAwait(false);
        }
    }
}
