using System.Runtime.CompilerServices;
using PgQuery;

namespace Tangelo.Sql.Visiting;

/// <summary>What a <see cref="Node"/> wraps.</summary>
public static class NodeContent
{
    /// <summary>The message inside <paramref name="node"/>, or null for an empty node (PostgreSQL's NULL in a list).</summary>
    public static Google.Protobuf.IMessage? Unwrap(Node node) => (Google.Protobuf.IMessage?)Field(node);

    // All cases of the oneof share this field. Going through the property of the case would take a switch of 240 arms.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "node_")]
    private static extern ref object? Field(Node node);
}
