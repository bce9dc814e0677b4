using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Tangelo.Harness.Wire;

/// <summary>Collects frontend messages to send in one write.</summary>
internal sealed class FrontendBuffer
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlyMemory<byte> Written => _bytes.WrittenMemory;

    public FrontendBuffer Startup(string user, string database) => Startup(
        196608,
        [
            ("user", user), ("database", database), ("application_name", "compat"), ("client_encoding", "UTF8"),
            ("DateStyle", "ISO, MDY"), ("TimeZone", "UTC"),
        ]);

    /// <summary>A packet without a type byte: a protocol version, or the code of a request, and its parameters.</summary>
    public FrontendBuffer Startup(int code, params (string Name, string Value)[] parameters) => Message(null, body =>
    {
        Int32(body, code);
        foreach (var (name, value) in parameters)
        {
            Text(body, name);
            Text(body, value);
        }
        Octet(body, 0);
    });

    public FrontendBuffer Query(string sql) => Message('Q', body => Text(body, sql));

    public FrontendBuffer Parse(string name, string sql, params uint[] types) => Message('P', body =>
    {
        Text(body, name);
        Text(body, sql);
        Int16(body, (short)types.Length);
        foreach (var type in types)
            Int32(body, (int)type);
    });

    /// <summary>Bind with everything said: formats as the protocol counts them (none, one for all, or one each), NULL as null.</summary>
    public FrontendBuffer Bind(
        string portal, string statement, IReadOnlyList<short> formats, IReadOnlyList<byte[]?> values, IReadOnlyList<short> resultFormats) => Message('B', body =>
    {
        Text(body, portal);
        Text(body, statement);
        Formats(body, formats);
        Int16(body, (short)values.Count);
        foreach (var value in values)
        {
            Int32(body, value?.Length ?? -1);
            body.Write(value);
        }
        Formats(body, resultFormats);
    });

    /// <summary>FunctionCall with text arguments and a text result.</summary>
    public FrontendBuffer FunctionCall(uint function, IReadOnlyList<byte[]?> arguments) => Message('F', body =>
    {
        Int32(body, (int)function);
        Int16(body, 0);
        Int16(body, (short)arguments.Count);
        foreach (var value in arguments)
        {
            Int32(body, value?.Length ?? -1);
            body.Write(value);
        }
        Int16(body, 0);
    });

    /// <summary>Bytes that need not be a message.</summary>
    public FrontendBuffer Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

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

    public FrontendBuffer DescribePortal(string name = "") => Named('D', 'P', name);

    public FrontendBuffer CloseStatement(string name) => Named('C', 'S', name);

    public FrontendBuffer ClosePortal(string name) => Named('C', 'P', name);

    public FrontendBuffer Execute(int maxRows) => Execute("", maxRows);

    public FrontendBuffer Execute(string portal, int maxRows) => Message('E', body =>
    {
        Text(body, portal);
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

    private static void Formats(ArrayBufferWriter<byte> to, IReadOnlyList<short> formats)
    {
        Int16(to, (short)formats.Count);
        foreach (var format in formats)
            Int16(to, format);
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
