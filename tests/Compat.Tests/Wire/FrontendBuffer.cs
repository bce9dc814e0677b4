using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tangelo.Compat.Tests.Wire;

/// <summary>Collects frontend messages to send in one write.</summary>
internal sealed class FrontendBuffer
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public FrontendBuffer Startup(string user, string database) => Message(null, body =>
    {
        Int32(body, 196608);
        foreach (var (name, value) in new[]
                 {
                     ("user", user), ("database", database), ("application_name", "compat"), ("client_encoding", "UTF8"),
                     ("DateStyle", "ISO, MDY"), ("TimeZone", "UTC"),
                 })
        {
            Text(body, name);
            Text(body, value);
        }
        Octet(body, 0);
    });

    public FrontendBuffer Query(string sql) => Message('Q', body => Text(body, sql));

    public FrontendBuffer Parse(string name, string sql) => Message('P', body =>
    {
        Text(body, name);
        Text(body, sql);
        Int16(body, 0);
    });

    /// <param name="statement">Name of the prepared statement; the unnamed portal is bound.</param>
    /// <param name="parameters">Values in text, null for NULL.</param>
    /// <param name="resultFormat">0 for text, 1 for binary, for all columns.</param>
    public FrontendBuffer Bind(string statement, IReadOnlyList<string?> parameters, short resultFormat) => Message('B', body =>
    {
        Text(body, "");
        Text(body, statement);
        Int16(body, 0);
        Int16(body, (short)parameters.Count);
        foreach (var value in parameters)
        {
            if (value is null)
            {
                Int32(body, -1);
                continue;
            }
            var bytes = Encoding.UTF8.GetBytes(value);
            Int32(body, bytes.Length);
            body.Write(bytes);
        }
        Int16(body, 1);
        Int16(body, resultFormat);
    });

    public FrontendBuffer DescribeStatement(string name) => Named('D', 'S', name);

    public FrontendBuffer DescribePortal() => Named('D', 'P', "");

    public FrontendBuffer CloseStatement(string name) => Named('C', 'S', name);

    public FrontendBuffer Execute(int maxRows) => Message('E', body =>
    {
        Text(body, "");
        Int32(body, maxRows);
    });

    public FrontendBuffer Sync() => Message('S', _ => { });

    public FrontendBuffer Flush() => Message('H', _ => { });

    public FrontendBuffer Terminate() => Message('X', _ => { });

    public FrontendBuffer CopyData(ReadOnlyMemory<byte> data) => Message('d', body => body.Write(data.Span));

    public FrontendBuffer CopyDone() => Message('c', _ => { });

    public FrontendBuffer CopyFail(string reason) => Message('f', body => Text(body, reason));

    private FrontendBuffer Named(char type, char kind, string name) => Message(type, body =>
    {
        Octet(body, (byte)kind);
        Text(body, name);
    });

    private FrontendBuffer Message(char? type, Action<ArrayBufferWriter<byte>> write)
    {
        var body = new ArrayBufferWriter<byte>();
        write(body);
        if (type is { } letter)
            Octet(_bytes, (byte)letter);
        Int32(_bytes, body.WrittenCount + 4);
        _bytes.Write(body.WrittenSpan);
        return this;
    }

    private static void Text(ArrayBufferWriter<byte> to, string value)
    {
        to.Write(Encoding.UTF8.GetBytes(value));
        Octet(to, 0);
    }

    private static void Octet(ArrayBufferWriter<byte> to, byte value)
    {
        to.GetSpan(1)[0] = value;
        to.Advance(1);
    }

    private static void Int32(ArrayBufferWriter<byte> to, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        to.Write(bytes);
    }

    private static void Int16(ArrayBufferWriter<byte> to, short value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteInt16BigEndian(bytes, value);
        to.Write(bytes);
    }
}
