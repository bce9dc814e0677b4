using System.Buffers.Binary;

namespace Tangelo.Fuzz.Tests.Protocol;

/// <summary>One message of a client: its type byte, null for a packet of the beginning, and what follows the length word.</summary>
internal sealed record ClientMessage(byte? Type, byte[] Body)
{
    /// <summary>The message as it goes over the wire, with a length word that is right.</summary>
    public byte[] Bytes()
    {
        var start = Type is null ? 0 : 1;
        var bytes = new byte[start + 4 + Body.Length];
        if (Type is { } type)
            bytes[0] = type;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(start), 4 + Body.Length);
        Body.CopyTo(bytes, start + 4);
        return bytes;
    }

    /// <summary>What a client has sent over one connection, cut into messages.</summary>
    public static List<ClientMessage> Split(ReadOnlySpan<byte> sent)
    {
        var messages = new List<ClientMessage>();
        var hasStarted = false;
        while (sent.Length >= 8 || (hasStarted && sent.Length >= 5))
        {
            var start = hasStarted ? 1 : 0;
            var length = BinaryPrimitives.ReadInt32BigEndian(sent[start..]);
            if (length < 4 || sent.Length < start + length)
                break;
            messages.Add(new ClientMessage(hasStarted ? sent[0] : null, sent[(start + 4)..(start + length)].ToArray()));
            hasStarted = hasStarted || BinaryPrimitives.ReadInt32BigEndian(sent[4..]) >> 16 == 3;
            sent = sent[(start + length)..];
        }

        return messages;
    }
}
