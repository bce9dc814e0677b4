using System.Buffers;
using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>The beginning of a row whose end has not come yet. Pooled; keeps its buffer only while it is small.</summary>
internal sealed class RowCarry(int limit) : IDisposable
{
    private const int KeptCapacity = 64 * 1024;
    private byte[] _bytes = [];
    private long _passed;

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    /// <summary>How much of a chunk to append before looking for the row's end again: copying too much costs, and so does looking too often.</summary>
    public int Slab(int available) => Math.Min(available, Math.Clamp(Length, 256, 1 << 20));

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > limit - Length - _passed)
        {
            throw new PgException(
                SqlState.ProgramLimitExceeded,
                "out of memory",
                $"Cannot enlarge string buffer containing {_passed + Length} bytes by {bytes.Length} more bytes.");
        }

        if (Length + bytes.Length > _bytes.Length)
            Grow(Length + bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Takes bytes from the front that have been passed on. They count for the limit until the row has ended.</summary>
    public void Pass(int count)
    {
        _bytes.AsSpan(count, Length - count).CopyTo(_bytes);
        Length -= count;
        _passed += count;
    }

    public void Clear()
    {
        Length = 0;
        _passed = 0;
        if (_bytes.Length > KeptCapacity)
            Dispose();
    }

    public void Dispose()
    {
        Length = 0;
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Grow(int needed)
    {
        // Doubling, but never past what the limit allows.
        var size = (int)Math.Min(Math.Max(needed, Math.Max(1024L, _bytes.Length * 2L)), Math.Max(limit, needed));
        var grown = ArrayPool<byte>.Shared.Rent(size);
        Span.CopyTo(grown);
        if (_bytes.Length > 0)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = grown;
    }
}
