using Tangelo.Core;
using Tangelo.Execution.Copy;

namespace Tangelo.Bench.Copy;

/// <summary>Counts rows.</summary>
internal sealed class CountingSink : ICopyRowSink
{
    public long Rows { get; private set; }

    public void Row(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> key, bool keyIsNull, long lineNumber) => Rows++;

    public void BadRow(ReadOnlySpan<byte> raw, PgException error, long lineNumber) => throw error;
}

/// <summary>A client that has all of its data at hand.</summary>
internal sealed class MemorySource(byte[] data, int chunkBytes) : ICopySource
{
    private int _at;

    public ValueTask<CopySourceMessage> ReadAsync(CancellationToken cancellationToken)
    {
        var chunk = data.AsMemory(_at, Math.Min(chunkBytes, data.Length - _at));
        _at += chunk.Length;
        return ValueTask.FromResult(chunk.IsEmpty ? CopySourceMessage.Done : new CopySourceMessage(CopySourceKind.Data, chunk));
    }
}

/// <summary>Nodes that take everything at once, and a coordinator that is not needed.</summary>
internal sealed class DroppingTarget : ICopyTarget, ICopyCommand, ICopyCoordinator
{
    private long _bytes;

    public long Bytes => _bytes;

    public ValueTask<ICopyCommand> BeginAsync(GroupId group, int shardIndex, CancellationToken cancellationToken) => ValueTask.FromResult<ICopyCommand>(this);

    public ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _bytes, data.Length);
        return ValueTask.CompletedTask;
    }

    public ValueTask SendAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<long> ReadReplyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(0L);

    public ValueTask<IReadOnlyList<byte[]?[]>> NextDefaultsAsync(int count, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<int[]> HashByServerAsync(IReadOnlyList<byte[]> keys, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<(byte[]? Text, PgError? Error)> ConvertAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken) => throw new NotSupportedException();
}
