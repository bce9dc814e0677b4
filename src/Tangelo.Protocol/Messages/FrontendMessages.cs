using Tangelo.Protocol.Buffers;

namespace Tangelo.Protocol.Messages;

/// <summary>Writes messages that a client sends.</summary>
public static class FrontendMessages
{
    public static void Startup(OutputBuffer buffer, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        buffer.BeginUntyped();
        buffer.WriteInt32(FrontendCode.Version30);
        foreach (var (name, value) in parameters)
        {
            buffer.WriteCString(name);
            buffer.WriteCString(value);
        }

        buffer.WriteByte(0);
        buffer.End();
    }

    public static void SslRequest(OutputBuffer buffer)
    {
        buffer.BeginUntyped();
        buffer.WriteInt32(FrontendCode.SslRequest);
        buffer.End();
    }

    public static void CancelRequest(OutputBuffer buffer, int pid, int secret)
    {
        buffer.BeginUntyped();
        buffer.WriteInt32(FrontendCode.CancelRequest);
        buffer.WriteInt32(pid);
        buffer.WriteInt32(secret);
        buffer.End();
    }

    public static void Query(OutputBuffer buffer, string sql)
    {
        buffer.Begin(FrontendCode.Query);
        buffer.WriteCString(sql);
        buffer.End();
    }

    public static void Query(OutputBuffer buffer, ReadOnlySpan<byte> sql)
    {
        buffer.Begin(FrontendCode.Query);
        buffer.WriteBytes(sql);
        buffer.WriteByte(0);
        buffer.End();
    }

    /// <param name="buffer">Where to.</param>
    /// <param name="name">Statement name, empty for the unnamed one.</param>
    /// <param name="sql">UTF-8 text.</param>
    /// <param name="parameterTypes">OIDs; 0 leaves the type to PostgreSQL.</param>
    public static void Parse(OutputBuffer buffer, string name, ReadOnlySpan<byte> sql, ReadOnlySpan<uint> parameterTypes)
    {
        buffer.Begin(FrontendCode.Parse);
        buffer.WriteCString(name);
        buffer.WriteBytes(sql);
        buffer.WriteByte(0);
        buffer.WriteInt16(parameterTypes.Length);
        foreach (var type in parameterTypes)
            buffer.WriteInt32((int)type);
        buffer.End();
    }

    /// <param name="buffer">Where to.</param>
    /// <param name="portal">Portal name, empty for the unnamed one.</param>
    /// <param name="statement">Statement name.</param>
    /// <param name="tail">Parameter formats, parameters and result formats as the message holds them.</param>
    public static void Bind(OutputBuffer buffer, string portal, string statement, ReadOnlySpan<byte> tail)
    {
        buffer.Begin(FrontendCode.Bind);
        buffer.WriteCString(portal);
        buffer.WriteCString(statement);
        buffer.WriteBytes(tail);
        buffer.End();
    }

    /// <param name="buffer">Where to.</param>
    /// <param name="kind">'S' statement, 'P' portal.</param>
    /// <param name="name">Its name.</param>
    public static void Describe(OutputBuffer buffer, byte kind, string name) => Named(buffer, FrontendCode.Describe, kind, name);

    /// <inheritdoc cref="Describe"/>
    public static void Close(OutputBuffer buffer, byte kind, string name) => Named(buffer, FrontendCode.Close, kind, name);

    public static void Execute(OutputBuffer buffer, string portal, int maxRows)
    {
        buffer.Begin(FrontendCode.Execute);
        buffer.WriteCString(portal);
        buffer.WriteInt32(maxRows);
        buffer.End();
    }

    public static void Sync(OutputBuffer buffer) => BackendMessages.Empty(buffer, FrontendCode.Sync);

    public static void Flush(OutputBuffer buffer) => BackendMessages.Empty(buffer, FrontendCode.Flush);

    public static void CopyDone(OutputBuffer buffer) => BackendMessages.Empty(buffer, FrontendCode.CopyDone);

    public static void CopyFail(OutputBuffer buffer, string reason)
    {
        buffer.Begin(FrontendCode.CopyFail);
        buffer.WriteCString(reason);
        buffer.End();
    }

    /// <summary>Chooses a SASL mechanism and begins it.</summary>
    public static void SaslInitialResponse(OutputBuffer buffer, string mechanism, ReadOnlySpan<byte> data)
    {
        buffer.Begin(FrontendCode.Password);
        buffer.WriteCString(mechanism);
        buffer.WriteInt32(data.Length);
        buffer.WriteBytes(data);
        buffer.End();
    }

    public static void SaslResponse(OutputBuffer buffer, ReadOnlySpan<byte> data)
    {
        buffer.Begin(FrontendCode.Password);
        buffer.WriteBytes(data);
        buffer.End();
    }

    public static void EncryptionRequest(OutputBuffer buffer, int code)
    {
        buffer.BeginUntyped();
        buffer.WriteInt32(code);
        buffer.End();
    }

    public static void Password(OutputBuffer buffer, string password)
    {
        buffer.Begin(FrontendCode.Password);
        buffer.WriteCString(password);
        buffer.End();
    }

    public static void Terminate(OutputBuffer buffer) => BackendMessages.Empty(buffer, FrontendCode.Terminate);

    private static void Named(OutputBuffer buffer, byte code, byte kind, string name)
    {
        buffer.Begin(code);
        buffer.WriteByte(kind);
        buffer.WriteCString(name);
        buffer.End();
    }
}
