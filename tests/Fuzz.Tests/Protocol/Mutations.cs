using System.Buffers.Binary;

namespace Tangelo.Fuzz.Tests.Protocol;

/// <summary>Changes what clients say, in ways that only the seed decides.</summary>
internal sealed class Mutations(Random random, IReadOnlyList<IReadOnlyList<ClientMessage>> recordings)
{
    private static readonly byte[] Types = [.. "QPBEDCSHFXdcfp"u8];
    private static readonly int[] Numbers = [0, 1, -1, 2, 4, 127, 255, 256, 32767, 32768, -32768, 65535, 1_000_000, int.MaxValue, int.MinValue, 0x3ffffffe];

    /// <summary>How many messages were made.</summary>
    public int Messages { get; private set; }

    /// <summary>Some messages of a session, each with a right length word and a type that a client may send: the session can go on after it.</summary>
    public byte[] InSession()
    {
        var said = Conversation();
        var messages = said.Where(m => m.Type is not (null or (byte)'p')).ToList();
        if (messages.Count == 0)
            messages = [new ClientMessage((byte)'S', [])];
        var first = random.Next(messages.Count);
        var some = messages.Skip(first).Take(random.Next(1, 8)).Select(m => random.Next(3) == 0 ? Changed(m) : m).ToList();
        Shuffle(some);
        some.RemoveAll(m => m.Type == (byte)'X' && random.Next(20) != 0);
        Messages += some.Count;
        return [.. some.SelectMany(m => m.Bytes())];
    }

    /// <summary>A conversation from its first packet on, with bytes that are changed, left out or put in anywhere.</summary>
    public byte[] FromTheStart()
    {
        var messages = Conversation().Take(random.Next(1, 12)).Select(m => random.Next(4) == 0 ? Changed(m) : m).ToList();
        if (random.Next(3) == 0)
            Shuffle(messages);
        Messages += messages.Count;
        var bytes = messages.SelectMany(m => m.Bytes()).ToList();
        for (var i = random.Next(3); i > 0 && bytes.Count > 0; i--)
            Spoil(bytes);
        return [.. bytes];
    }

    private IReadOnlyList<ClientMessage> Conversation() => recordings[random.Next(recordings.Count)];

    private void Shuffle(List<ClientMessage> messages)
    {
        for (var i = random.Next(3); i > 0 && messages.Count > 0; i--)
        {
            var at = random.Next(messages.Count);
            switch (random.Next(4))
            {
                case 0:
                    messages.RemoveAt(at);
                    break;
                case 1:
                    messages.Insert(at, messages[random.Next(messages.Count)]);
                    break;
                case 2:
                    var other = Conversation();
                    messages.Insert(at, other[random.Next(other.Count)] is { Type: not null } typed ? typed : messages[at]);
                    break;
                default:
                    var to = random.Next(messages.Count);
                    (messages[at], messages[to]) = (messages[to], messages[at]);
                    break;
            }
        }
    }

    private ClientMessage Changed(ClientMessage message)
    {
        var body = message.Body.ToList();
        switch (random.Next(8))
        {
            case 0 when message.Type is not null:
                return message with { Type = Types[random.Next(Types.Length)] };
            case 1:
                return message with { Body = [.. body.Take(random.Next(body.Count + 1))] };
            case 2:
                body.AddRange(Enumerable.Range(0, random.Next(1, 40)).Select(_ => (byte)random.Next(256)));
                break;
            case 3 when body.Count >= 2:
                var at2 = random.Next(body.Count - 1);
                Put(body, at2, 2);
                break;
            case 4 when body.Count >= 4:
                Put(body, random.Next(body.Count - 3), 4);
                break;
            case 5:
                return message with { Body = [] };
            default:
                Spoil(body);
                break;
        }

        return message with { Body = [.. body] };
    }

    private void Put(List<byte> bytes, int at, int size)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, Numbers[random.Next(Numbers.Length)]);
        for (var i = 0; i < size; i++)
            bytes[at + i] = number[4 - size + i];
    }

    private void Spoil(List<byte> bytes)
    {
        if (bytes.Count == 0)
            return;
        var at = random.Next(bytes.Count);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                break;
            case 3:
                bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)).ToList());
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                if (bytes.Count - at >= 4)
                    Put(bytes, at, 4);
                break;
        }
    }
}
