using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Collections;
using PgQuery;

namespace Tangelo.Sql.Visiting;

/// <summary>Depth-first walks over a syntax tree, parents before children, siblings in the order of the schema.</summary>
public static class TreeWalker
{
    /// <summary>
    /// Calls <paramref name="enter"/> for <paramref name="root"/> and every message below it. Nodes are unwrapped: the callback
    /// sees a RangeVar, not the node around it. When it returns false the children of that message are left out.
    /// </summary>
    public static void Visit(IMessage root, Func<IMessage, bool> enter)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(enter);
        if (root is Node node)
        {
            if (NodeContent.Unwrap(node) is { } content)
                Visit(content, enter);
            return;
        }

        if (enter(root))
            VisitChildren(root, enter);
    }

    /// <summary>As <see cref="Visit"/>, but starts with the children of <paramref name="parent"/>.</summary>
    public static void VisitChildren(IMessage parent, Func<IMessage, bool> enter)
    {
        ArgumentNullException.ThrowIfNull(parent);
        foreach (var field in MessageShape.Of(parent).Children)
        {
            switch (field.GetValue(parent))
            {
                case null:
                    break;
                case RepeatedField<Node> nodes:
                    for (var i = 0; i < nodes.Count; i++)
                        Visit(nodes[i], enter);
                    break;
                case IMessage child:
                    Visit(child, enter);
                    break;
                case IEnumerable others:
                    foreach (var other in others)
                        Visit((IMessage)other, enter);
                    break;
            }
        }
    }

    /// <summary>True when <paramref name="match"/> holds for a message of the tree; the walk ends there.</summary>
    public static bool Any(IMessage root, Func<IMessage, bool> match)
    {
        var found = false;
        Visit(root, message =>
        {
            found = found || match(message);
            return !found;
        });
        return found;
    }
}
