using Google.Protobuf;
using Google.Protobuf.Collections;
using PgQuery;

namespace Tangelo.Sql.Visiting;

/// <summary>Makes changed copies of syntax trees.</summary>
public static class TreeRewriter
{
    /// <summary>
    /// Copies <paramref name="root"/> and offers every node of the copy, parents first, to <paramref name="replace"/>. What it returns takes the
    /// node's place and is not descended into; null keeps the node (which belongs to the copy and may be changed) and goes on below it.
    /// A message that stands in a field of its own type (the target of an INSERT is a bare RangeVar) is offered inside a
    /// node made for the occasion, and its replacement must be of the same type.
    /// </summary>
    public static Node Rewrite(Node root, Func<Node, Node?> replace)
    {
        ArgumentNullException.ThrowIfNull(root);
        ArgumentNullException.ThrowIfNull(replace);
        return RewriteNode(root.Clone(), replace);
    }

    private static Node RewriteNode(Node node, Func<Node, Node?> replace)
    {
        if (NodeContent.Unwrap(node) is not { } content)
            return node;
        if (replace(node) is { } replacement)
            return replacement;
        // The callback may have changed what the node holds.
        RewriteChildren(NodeContent.Unwrap(node) ?? content, replace);
        return node;
    }

    private static void RewriteChildren(IMessage parent, Func<Node, Node?> replace)
    {
        var shape = MessageShape.Of(parent);
        foreach (var field in shape.Lists)
        {
            if (field.GetValue(parent) is not RepeatedField<Node> nodes)
                continue;
            for (var i = 0; i < nodes.Count; i++)
                nodes[i] = RewriteNode(nodes[i], replace);
        }

        foreach (var field in shape.Singles)
        {
            if (field.GetValue(parent) is not IMessage child)
                continue;
            if (child is Node node)
            {
                var replacement = RewriteNode(node, replace);
                if (!ReferenceEquals(replacement, node))
                    field.SetValue(parent, replacement);
            }
            else
            {
                RewriteBare(parent, field, child, replace);
            }
        }
    }

    private static void RewriteBare(IMessage parent, Google.Protobuf.Reflection.IFieldAccessor field, IMessage child, Func<Node, Node?> replace)
    {
        if (MessageShape.Of(child).NodeCase is { } nodeCase)
        {
            var wrapper = new Node();
            nodeCase.SetValue(wrapper, child);
            if (replace(wrapper) is { } replacement)
            {
                var content = NodeContent.Unwrap(replacement);
                if (content?.GetType() != child.GetType())
                    throw new InvalidOperationException($"a {child.Descriptor.Name} can only be replaced by another one");
                field.SetValue(parent, content);
                return;
            }
        }

        RewriteChildren(child, replace);
    }
}
