using Google.Protobuf;
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
        var message = root is Node node ? NodeContent.Unwrap(node) : root;
        if (message is not null)
            Enter(message, enter);
    }

    /// <summary>As <see cref="Visit"/>, but starts with the children of <paramref name="parent"/>.</summary>
    public static void VisitChildren(IMessage parent, Func<IMessage, bool> enter) =>
        ChildMessages.Each(parent, enter, static (child, enter) => Enter(child, enter));

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

    private static void Enter(IMessage message, Func<IMessage, bool> enter)
    {
        if (enter(message))
            VisitChildren(message, enter);
    }
}
