using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Protocol.Transport;

namespace Tangelo.Server.Sessions;

/// <summary>What a connection asks for first.</summary>
/// <param name="Code">The protocol version or the code of a request.</param>
internal sealed record StartupPacket(int Code, Dictionary<string, string> Parameters, int CancelPid, int CancelSecret)
{
    // PostgreSQL's own bound; the length counts itself.
    private const int MaxLength = 10_004;

    /// <summary>Major version 3 of the protocol.</summary>
    public bool IsVersion3 => Code >> 16 == 3;

    public int MinorVersion => Code & 0xffff;

    /// <summary>Reads one packet; null when the client closes or is silent beyond the limit.</summary>
    /// <exception cref="PgException">08P01: not a start-up packet.</exception>
    public static async Task<StartupPacket?> ReadAsync(PgTransport client, CancellationToken cancellation)
    {
        while (client.In.Length < 4 || client.In.Length < Length(client))
        {
            if (!await client.FillAsync(1024, cancellation).ConfigureAwait(false))
                return null;
        }

        var length = Length(client);
        var packet = Read(client.In.Unread[4..length]);
        client.In.Consume(length);
        return packet;
    }

    private static int Length(PgTransport client)
    {
        var length = System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(client.In.Unread);
        return length is >= 8 and <= MaxLength ? length : throw Invalid("invalid length of startup packet");
    }

    private static StartupPacket Read(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        var code = reader.ReadInt32();
        if (code == FrontendCode.CancelRequest)
            return reader.Rest.Length == 8 ? new StartupPacket(code, [], reader.ReadInt32(), reader.ReadInt32()) : new StartupPacket(code, [], 0, 0);
        var parameters = new Dictionary<string, string>();
        if (code >> 16 == 3)
        {
            while (reader.Rest is [not 0, .., 0])
            {
                var name = reader.ReadCString();
                if (reader.Rest.IsEmpty)
                    throw Layout();
                parameters[name] = reader.ReadCString();
            }

            if (reader.Rest is not [0])
                throw Layout();
        }

        return new StartupPacket(code, parameters, 0, 0);
    }

    private static PgException Layout() => Invalid("invalid startup packet layout: expected terminator as last byte");

    private static PgException Invalid(string message) =>
        new(new PgError { Severity = "FATAL", Code = SqlState.ProtocolViolation, Message = message });
}
