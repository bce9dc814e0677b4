using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Collections;
using PgQuery;

namespace Tangelo.Sql.Visiting;

/// <summary>The messages directly below a message.</summary>
internal static class ChildMessages
{
    /// <summary>
    /// Calls <paramref name="action"/> for every child, nodes unwrapped, in the order of the schema. The state is passed along so
    /// that callers need no closure.
    /// </summary>
    internal static void Each<TState>(IMessage parent, TState state, Action<IMessage, TState> action)
    {
        foreach (var field in MessageShape.Of(parent).Children)
        {
            switch (field.GetValue(parent))
            {
                case null:
                    break;
                case RepeatedField<Node> nodes:
                    for (var i = 0; i < nodes.Count; i++)
                        Pass(nodes[i], state, action);
                    break;
                case Node node:
                    Pass(node, state, action);
                    break;
                case IMessage child:
                    action(child, state);
                    break;
                case IEnumerable others:
                    foreach (var other in others)
                        action((IMessage)other, state);
                    break;
            }
        }
    }

    private static void Pass<TState>(Node node, TState state, Action<IMessage, TState> action)
    {
        if (NodeContent.Unwrap(node) is { } content)
            action(content, state);
    }
}
