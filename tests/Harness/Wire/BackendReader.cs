using System.Buffers.Binary;
using System.Text;

namespace Tangelo.Harness.Wire;

/// <summary>Reads the fields of one backend message's body.</summary>
internal ref struct BackendReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte Byte()
    {
        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public short Int16()
    {
        var value = BinaryPrimitives.ReadInt16BigEndian(_rest);
        _rest = _rest[2..];
        return value;
    }

    public int Int32()
    {
        var value = BinaryPrimitives.ReadInt32BigEndian(_rest);
        _rest = _rest[4..];
        return value;
    }

    public string Text()
    {
        var end = _rest.IndexOf((byte)0);
        var value = Encoding.UTF8.GetString(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return value;
    }

    public byte[] Bytes(int count)
    {
        var value = _rest[..count].ToArray();
        _rest = _rest[count..];
        return value;
    }

    public List<WireField> Fields()
    {
        var fields = new List<WireField>();
        for (var left = Int16(); left > 0; left--)
            fields.Add(new WireField(Text(), (uint)Int32(), Int16(), (uint)Int32(), Int16(), Int32(), Int16()));
        return fields;
    }

    public byte[]?[] Row()
    {
        var row = new byte[]?[Int16()];
        for (var i = 0; i < row.Length; i++)
        {
            var length = Int32();
            row[i] = length < 0 ? null : Bytes(length);
        }
        return row;
    }

    public WireNotice Notice()
    {
        var fields = new Dictionary<char, string>();
        for (var letter = Byte(); letter != 0; letter = Byte())
            fields[(char)letter] = Text();
        return new WireNotice(fields);
    }
}
