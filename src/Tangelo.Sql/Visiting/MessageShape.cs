using Google.Protobuf;
using Google.Protobuf.Reflection;
using PgQuery;

namespace Tangelo.Sql.Visiting;

/// <summary>How to reach the child messages of one message type. Made once for each type and kept.</summary>
internal sealed class MessageShape
{
    // Indexed by the place of the message in the schema file, which holds every message at its top level.
    private static readonly MessageShape?[] Cache = new MessageShape?[PgQueryReflection.Descriptor.MessageTypes.Count];
    private static readonly Dictionary<MessageDescriptor, FieldDescriptor> CaseOfNode =
        Node.Descriptor.Fields.InDeclarationOrder().ToDictionary(f => f.MessageType);

    private MessageShape(MessageDescriptor descriptor)
    {
        var messages = descriptor.Fields.InDeclarationOrder().Where(f => f.FieldType == FieldType.Message).ToArray();
        Lists = [.. messages.Where(f => f.IsRepeated).Select(f => f.Accessor)];
        Singles = [.. messages.Where(f => !f.IsRepeated).Select(f => f.Accessor)];
        Children = [.. messages.Select(f => f.Accessor)];
        Locations =
        [
            .. descriptor.Fields.InDeclarationOrder()
                .Where(f => f.FieldType == FieldType.Int32 && !f.IsRepeated && f.Name is "location" or "stmt_location" or "stmt_len")
                .Select(f => f.Accessor),
        ];
        NodeCase = CaseOfNode.GetValueOrDefault(descriptor)?.Accessor;
    }

    /// <summary>Every field that holds a message or a list of messages, in the order of the schema.</summary>
    internal IFieldAccessor[] Children { get; }

    internal IFieldAccessor[] Lists { get; }

    internal IFieldAccessor[] Singles { get; }

    /// <summary>The fields that say where in the text the message stood.</summary>
    internal IFieldAccessor[] Locations { get; }

    /// <summary>The field of <see cref="Node"/> that wraps this type; null for the types that never stand in a node.</summary>
    internal IFieldAccessor? NodeCase { get; }

    internal static MessageShape Of(IMessage message)
    {
        var descriptor = message.Descriptor;
        return Cache[descriptor.Index] ??= new MessageShape(descriptor);
    }
}
