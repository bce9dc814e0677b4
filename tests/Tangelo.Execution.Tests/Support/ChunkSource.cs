using Tangelo.Execution.Copy;

namespace Tangelo.Execution.Tests.Support;

/// <summary>A client that sends its data in chunks, and then CopyDone or CopyFail.</summary>
public sealed class ChunkSource(byte[] data, Func<int>? chunkSize = null, string? failure = null) : ICopySource
{
    private int _sent;

    public bool Ended { get; private set; }

    public ValueTask<CopySourceMessage> ReadAsync(CancellationToken cancellationToken)
    {
        Assert.False(Ended);
        if (_sent == data.Length)
        {
            Ended = true;
            return ValueTask.FromResult(failure is null ? CopySourceMessage.Done : new CopySourceMessage(CopySourceKind.Fail, Reason: failure));
        }

        // A chunk of its own memory: whoever keeps it longer than allowed sees rubbish.
        var size = Math.Min(data.Length - _sent, chunkSize?.Invoke() ?? data.Length);
        var chunk = data.AsMemory(_sent, size).ToArray();
        _sent += size;
        return ValueTask.FromResult(new CopySourceMessage(CopySourceKind.Data, chunk));
    }
}
