using System.Buffers;
using System.Buffers.Binary;
using Tangelo.Protocol.Messages;

namespace Tangelo.Execution.Parameters;

/// <summary>
/// The values bound to $1, $2, ...: the end of a Bind message (formats, values, result formats), kept as it came so that it
/// can be passed on untouched.
/// </summary>
public sealed class ParameterSet
{
    private readonly byte[] _tail;
    private readonly (int Offset, int Length)[] _values;
    private readonly int _formatsOffset;
    private readonly int _formatCount;
    private readonly int _resultOffset;
    private Func<int, ParameterSet>? _ofShard;

    /// <param name="tail">What follows the names in a Bind message. Owned by this object from now on.</param>
    public ParameterSet(byte[] tail)
    {
        _tail = tail;
        var reader = new MessageReader(tail);
        _formatCount = reader.ReadInt16();
        _formatsOffset = 2;
        reader.ReadBytes(2 * _formatCount);
        var values = new (int, int)[reader.ReadInt16()];
        for (var i = 0; i < values.Length; i++)
        {
            var length = reader.ReadInt32();
            values[i] = (tail.Length - reader.Rest.Length, length);
            if (length > 0)
                reader.ReadBytes(length);
        }

        _values = values;
        _resultOffset = tail.Length - reader.Rest.Length;
    }

    /// <summary>No parameters, all results in text form.</summary>
    public static ParameterSet None { get; } = new([0, 0, 0, 0, 0, 0]);

    /// <summary>No parameters, all results in binary form.</summary>
    public static ParameterSet NoneForBinaryResults { get; } = new([0, 0, 0, 0, 0, 1, 0, 1]);

    /// <summary>The parameters for a shard.</summary>
    public ParameterSet ForShard(int index) => _ofShard is null ? this : _ofShard(index);

    /// <summary>The same values, which are not all: each shard's parameters are what <paramref name="ofShard"/> gives for its index.</summary>
    public ParameterSet WithShards(Func<int, ParameterSet> ofShard) => new(_tail) { _ofShard = ofShard };

    /// <summary>Number of values.</summary>
    public int Count => _values.Length;

    /// <summary>The end of the Bind message.</summary>
    public ReadOnlySpan<byte> Tail => _tail;

    /// <summary>The result format codes with their count.</summary>
    public ReadOnlySpan<byte> ResultFormats => _tail.AsSpan(_resultOffset);

    /// <summary>True when no result column is asked for in binary form.</summary>
    public bool ResultsAreText => ResultFormats.Length <= 2 || ResultFormats[2..].IndexOfAnyExcept((byte)0) < 0;

    /// <summary>The value of $<paramref name="number"/>; null for NULL.</summary>
    public ReadOnlyMemory<byte>? Value(int number) =>
        _values[number - 1] is (var offset, >= 0 and var length) ? _tail.AsMemory(offset, length) : default(ReadOnlyMemory<byte>?);

    /// <summary>True when $<paramref name="number"/> is in binary form.</summary>
    public bool IsBinary(int number) =>
        _formatCount switch
        {
            0 => false,
            1 => _tail[_formatsOffset + 1] == 1,
            _ => _tail[_formatsOffset + (2 * number) - 1] == 1,
        };

    /// <summary>The same values for another statement, all results in text form.</summary>
    public ParameterSet WithTextResults()
    {
        var tail = new byte[_resultOffset + 2];
        _tail.AsSpan(0, _resultOffset).CopyTo(tail);
        return new ParameterSet(tail) { _ofShard = _ofShard is { } ofShard ? i => ofShard(i).WithTextResults() : null };
    }

    /// <summary>The same values, with result formats as <see cref="ResultFormats"/> gives them.</summary>
    public ParameterSet WithResults(ReadOnlySpan<byte> formats) => new([.. _tail.AsSpan(0, _resultOffset), .. formats]);

    /// <summary>The same values for another statement, all results in binary form.</summary>
    public ParameterSet WithBinaryResults()
    {
        var tail = new byte[_resultOffset + 4];
        _tail.AsSpan(0, _resultOffset).CopyTo(tail);
        tail[_resultOffset + 1] = 1;
        tail[_resultOffset + 3] = 1;
        return new ParameterSet(tail);
    }

    /// <summary>The same values followed by further ones, each in binary or in text form, with the same result formats.</summary>
    public ParameterSet Append(IReadOnlyList<ReadOnlyMemory<byte>> more, IReadOnlyList<bool> binary) =>
        Append([.. more.Select(m => (ReadOnlyMemory<byte>?)m)], i => binary[i] ? 1 : 0);

    /// <summary>The same values followed by further ones in text form, with the same result formats.</summary>
    public ParameterSet Append(IReadOnlyList<ReadOnlyMemory<byte>> more) =>
        Append([.. more.Select(m => (ReadOnlyMemory<byte>?)m)], _ => 0);

    /// <summary>The same values followed by further ones in text form (null for NULL), with the same result formats.</summary>
    public ParameterSet AppendText(IReadOnlyList<ReadOnlyMemory<byte>?> more) => Append([.. more], _ => 0);

    /// <summary>The same values followed by further ones in binary form (null for NULL), with the same result formats.</summary>
    public ParameterSet AppendBinary(IReadOnlyList<byte[]?> more) =>
        Append([.. more.Select(m => m is null ? default(ReadOnlyMemory<byte>?) : m)], _ => 1);

    private ParameterSet Append(ReadOnlyMemory<byte>?[] more, Func<int, int> format)
    {
        var tail = new ArrayBufferWriter<byte>(_tail.Length + more.Sum(m => (m?.Length ?? 0) + 6) + 64);
        WriteInt16(tail, Count + more.Length);
        for (var i = 1; i <= Count; i++)
            WriteInt16(tail, IsBinary(i) ? 1 : 0);
        for (var i = 0; i < more.Length; i++)
            WriteInt16(tail, format(i));
        WriteInt16(tail, Count + more.Length);
        for (var i = 1; i <= Count; i++)
            WriteValue(tail, Value(i));
        foreach (var value in more)
            WriteValue(tail, value);
        tail.Write(ResultFormats);
        return new ParameterSet(tail.WrittenSpan.ToArray());
    }

    /// <summary>Values in text form (null for NULL), results in text form.</summary>
    public static ParameterSet FromText(IReadOnlyList<ReadOnlyMemory<byte>?> values)
    {
        var tail = new ArrayBufferWriter<byte>(64);
        WriteInt16(tail, 0);
        WriteInt16(tail, values.Count);
        foreach (var value in values)
            WriteValue(tail, value);
        WriteInt16(tail, 0);
        return new ParameterSet(tail.WrittenSpan.ToArray());
    }

    /// <summary>One value in binary form, results in text form.</summary>
    public static ParameterSet OneBinary(ReadOnlyMemory<byte> value)
    {
        var tail = new ArrayBufferWriter<byte>(64);
        WriteInt16(tail, 1);
        WriteInt16(tail, 1);
        WriteInt16(tail, 1);
        WriteValue(tail, value);
        WriteInt16(tail, 0);
        return new ParameterSet(tail.WrittenSpan.ToArray());
    }

    private static void WriteInt16(ArrayBufferWriter<byte> to, int value)
    {
        BinaryPrimitives.WriteInt16BigEndian(to.GetSpan(2), (short)value);
        to.Advance(2);
    }

    private static void WriteValue(ArrayBufferWriter<byte> to, ReadOnlyMemory<byte>? value)
    {
        BinaryPrimitives.WriteInt32BigEndian(to.GetSpan(4), value?.Length ?? -1);
        to.Advance(4);
        if (value is { Length: > 0 } bytes)
            to.Write(bytes.Span);
    }
}
