using System.Buffers.Binary;

namespace Tangelo.Execution.Results;

/// <summary>
/// Keeps a result until it is asked for: in memory up to a limit, beyond it in a temporary file that the system forgets with
/// the handle. Written once, then read once from the front.
/// </summary>
/// <param name="memoryLimit">How many bytes stay in memory.</param>
public sealed class RowSpool(int memoryLimit = RowSpool.DefaultMemory) : RowSink, IAsyncDisposable
{
    /// <summary>What a result by itself may keep in memory.</summary>
    public const int DefaultMemory = 4 << 20;

    private readonly MemoryStream _memory = new();
    private FileStream? _file;
    private Stream? _reader;
    private byte[] _row = new byte[1024];

    /// <inheritdoc/>
    public override bool TakesPieces => true;

    /// <summary>Bytes kept.</summary>
    public long Length => _memory.Length + (_file?.Length ?? 0);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
    {
        if (_file is null && _memory.Length + messages.Length <= memoryLimit)
        {
            _memory.Write(messages.Span);
            return ValueTask.CompletedTask;
        }

        _file ??= new FileStream(
            Path.Combine(Path.GetTempPath(), "tangelo-" + Path.GetRandomFileName()),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
                BufferSize = 128 * 1024,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        return _file.WriteAsync(messages, cancellation);
    }

    /// <summary>The next whole message (type byte and length included), valid until the next call; empty at the end.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellation)
    {
        if (_reader is null)
        {
            _memory.Position = 0;
            if (_file is not null)
                _file.Position = 0;
            _reader = _memory;
        }

        if (!await ReadExactAsync(0, 5, cancellation).ConfigureAwait(false))
            return default;
        var size = BinaryPrimitives.ReadInt32BigEndian(_row.AsSpan(1)) + 1;
        if (_row.Length < size)
            Array.Resize(ref _row, Math.Max(size, _row.Length * 2));
        await ReadExactAsync(5, size - 5, cancellation).ConfigureAwait(false);
        return _row.AsMemory(0, size);
    }

    /// <summary>The next read starts at the front again.</summary>
    public void Rewind() => _reader = null;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_file is not null)
            await _file.DisposeAsync().ConfigureAwait(false);
        await _memory.DisposeAsync().ConfigureAwait(false);
    }

    // A message may begin in memory and end in the file.
    private async ValueTask<bool> ReadExactAsync(int offset, int count, CancellationToken cancellation)
    {
        var read = 0;
        while (read < count)
        {
            var n = await _reader!.ReadAsync(_row.AsMemory(offset + read, count - read), cancellation).ConfigureAwait(false);
            read += n;
            if (n > 0)
                continue;
            if (ReferenceEquals(_reader, _memory) && _file is not null)
                _reader = _file;
            else
                return false;
        }

        return true;
    }
}
