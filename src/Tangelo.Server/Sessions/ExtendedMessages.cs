using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>Reads the client's messages of the extended query protocol.</summary>
internal static class ExtendedMessages
{
    public static (string Portal, string Statement, ReadOnlyMemory<byte> Tail) Bind(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var portal = reader.ReadCString();
        var statement = reader.ReadCString();
        return (portal, statement, body[^reader.Rest.Length..]);
    }

    public static (string Portal, int MaxRows) Execute(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var execute = (reader.ReadCString(), reader.ReadInt32());
        reader.RequireEnd();
        return execute;
    }

    public static (byte Kind, string Name) Named(ReadOnlyMemory<byte> body)
    {
        var reader = new MessageReader(body.Span);
        var named = (reader.ReadByte(), reader.ReadCString());
        reader.RequireEnd();
        return named;
    }
}
