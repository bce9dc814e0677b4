using Tangelo.Protocol.Buffers;

namespace Tangelo.Protocol.Messages;

/// <summary>Writes messages that a server sends.</summary>
public static class BackendMessages
{
    public static void AuthenticationOk(OutputBuffer buffer) => Authentication(buffer, AuthenticationCode.Ok);

    public static void AuthenticationCleartextPassword(OutputBuffer buffer) => Authentication(buffer, AuthenticationCode.CleartextPassword);

    /// <param name="buffer">Where to.</param>
    /// <param name="salt">Four bytes.</param>
    public static void AuthenticationMd5Password(OutputBuffer buffer, ReadOnlySpan<byte> salt) => Authentication(buffer, AuthenticationCode.Md5Password, salt);

    /// <summary>Offers SASL mechanisms, best first.</summary>
    public static void AuthenticationSasl(OutputBuffer buffer, IEnumerable<string> mechanisms)
    {
        buffer.Begin(BackendCode.Authentication);
        buffer.WriteInt32(AuthenticationCode.Sasl);
        foreach (var mechanism in mechanisms)
            buffer.WriteCString(mechanism);
        buffer.WriteByte(0);
        buffer.End();
    }

    public static void AuthenticationSaslContinue(OutputBuffer buffer, ReadOnlySpan<byte> data) => Authentication(buffer, AuthenticationCode.SaslContinue, data);

    public static void AuthenticationSaslFinal(OutputBuffer buffer, ReadOnlySpan<byte> data) => Authentication(buffer, AuthenticationCode.SaslFinal, data);

    public static void ParameterStatus(OutputBuffer buffer, string name, string value)
    {
        buffer.Begin(BackendCode.ParameterStatus);
        buffer.WriteCString(name);
        buffer.WriteCString(value);
        buffer.End();
    }

    public static void BackendKeyData(OutputBuffer buffer, int pid, int secret)
    {
        buffer.Begin(BackendCode.BackendKeyData);
        buffer.WriteInt32(pid);
        buffer.WriteInt32(secret);
        buffer.End();
    }

    /// <summary>Answers a start-up with a newer minor version, or with unknown <c>_pq_.</c> options.</summary>
    public static void NegotiateProtocolVersion(OutputBuffer buffer, int newestMinor, IReadOnlyList<string> unknownOptions)
    {
        buffer.Begin(BackendCode.NegotiateProtocolVersion);
        buffer.WriteInt32(FrontendCode.Version30 | newestMinor);
        buffer.WriteInt32(unknownOptions.Count);
        foreach (var option in unknownOptions)
            buffer.WriteCString(option);
        buffer.End();
    }

    /// <param name="buffer">Where to.</param>
    /// <param name="status">'I' idle, 'T' in a transaction block, 'E' in a failed one.</param>
    public static void ReadyForQuery(OutputBuffer buffer, byte status)
    {
        buffer.Begin(BackendCode.ReadyForQuery);
        buffer.WriteByte(status);
        buffer.End();
    }

    public static void CommandComplete(OutputBuffer buffer, string tag)
    {
        buffer.Begin(BackendCode.CommandComplete);
        buffer.WriteCString(tag);
        buffer.End();
    }

    /// <summary>A message that has no body.</summary>
    public static void Empty(OutputBuffer buffer, byte code)
    {
        buffer.Begin(code);
        buffer.End();
    }

    /// <summary>CopyInResponse or CopyOutResponse with the same format for every column.</summary>
    public static void CopyResponse(OutputBuffer buffer, byte code, bool binary, int columns)
    {
        buffer.Begin(code);
        buffer.WriteByte(binary ? (byte)1 : (byte)0);
        buffer.WriteInt16(columns);
        for (var i = 0; i < columns; i++)
            buffer.WriteInt16(binary ? 1 : 0);
        buffer.End();
    }

    /// <summary>A RowDescription of text-format columns that belong to no table: virtual results.</summary>
    public static void TextRowDescription(OutputBuffer buffer, params ReadOnlySpan<string> names)
    {
        buffer.Begin(BackendCode.RowDescription);
        buffer.WriteInt16(names.Length);
        foreach (var name in names)
        {
            buffer.WriteCString(name);
            buffer.WriteInt32(0);
            buffer.WriteInt16(0);
            buffer.WriteInt32(25);
            buffer.WriteInt16(-1);
            buffer.WriteInt32(-1);
            buffer.WriteInt16(0);
        }

        buffer.End();
    }

    /// <summary>A DataRow of text values; null is NULL.</summary>
    public static void TextRow(OutputBuffer buffer, params ReadOnlySpan<string?> values)
    {
        buffer.Begin(BackendCode.DataRow);
        buffer.WriteInt16(values.Length);
        foreach (var value in values)
        {
            if (value is null)
            {
                buffer.WriteInt32(-1);
                continue;
            }

            buffer.WriteInt32(System.Text.Encoding.UTF8.GetByteCount(value));
            buffer.WriteText(value);
        }

        buffer.End();
    }

    private static void Authentication(OutputBuffer buffer, int code, ReadOnlySpan<byte> data = default)
    {
        buffer.Begin(BackendCode.Authentication);
        buffer.WriteInt32(code);
        buffer.WriteBytes(data);
        buffer.End();
    }
}
