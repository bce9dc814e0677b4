using System.Buffers;
using Tangelo.Core;

namespace Tangelo.Execution.Intermediate;

/// <summary>A growing byte buffer over pooled memory.</summary>
internal sealed class PooledBytes : IDisposable
{
    private const int KeptCapacity = 64 * 1024;
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>Room for at least <paramref name="size"/> bytes after the written ones; <see cref="Advance"/> says how many were used.</summary>
    public Span<byte> Reserve(int size)
    {
        if (size > _bytes.Length - Length)
            Grow(size);
        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        Length++;
    }

    public void Append(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Reserve(value.Length));
        Length += value.Length;
    }

    public void Truncate(int length) => Length = length;

    /// <summary>Empties the buffer; a large one goes back to the pool.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptCapacity)
            Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Length = 0;
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Grow(int size)
    {
        var needed = (long)Length + size;
        if (needed > Array.MaxLength)
            throw new PgException(SqlState.ProgramLimitExceeded, "intermediate result is too large");
        var grown = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(needed, Math.Max(1024L, _bytes.Length * 2L)), Array.MaxLength));
        _bytes.AsSpan(0, Length).CopyTo(grown);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
    }
}
