using Google.Protobuf;
using Google.Protobuf.Collections;
using PgQuery;

namespace Tangelo.Sql.Relations;

/// <summary>The relation names that PostgreSQL's grammar keeps as lists of strings instead of RangeVars.</summary>
internal static class NameLists
{
    /// <summary>A name of up to three parts: catalog, schema, relation.</summary>
    internal readonly record struct QualifiedName(string[] Parts, bool IsTarget)
    {
        internal RangeVar ToRangeVar() => new()
        {
            Catalogname = Parts.Length > 2 ? Parts[^3] : "",
            Schemaname = Parts.Length > 1 ? Parts[^2] : "",
            Relname = Parts[^1],
            Inh = true,
            Relpersistence = "p",
            Location = -1,
        };
    }

    internal static IEnumerable<QualifiedName> Of(IMessage statement) => statement switch
    {
        DropStmt drop => drop.Objects.SelectMany(o => Object(drop.RemoveType, o)),
        CommentStmt comment => Object(comment.Objtype, comment.Object),
        SecLabelStmt label => Object(label.Objtype, label.Object),
        AlterExtensionContentsStmt contents => Object(contents.Objtype, contents.Object),
        DefElem { Defname: "owned_by", Arg.List.Items: var column } => Name(column, 1, isTarget: false),
        _ => [],
    };

    private static IEnumerable<QualifiedName> Object(ObjectType type, Node? name)
    {
        if (name?.List is not { } list)
            return [];
        return type switch
        {
            ObjectType.ObjectTable or ObjectType.ObjectView or ObjectType.ObjectMatview or ObjectType.ObjectForeignTable
                or ObjectType.ObjectIndex or ObjectType.ObjectSequence => Name(list.Items, 0, isTarget: true),

            // The last part is the name of the column, trigger, ... on the relation before it.
            ObjectType.ObjectColumn or ObjectType.ObjectTrigger or ObjectType.ObjectPolicy or ObjectType.ObjectRule
                or ObjectType.ObjectTabconstraint => Name(list.Items, 1, isTarget: true),
            _ => [],
        };
    }

    private static IEnumerable<QualifiedName> Name(RepeatedField<Node> items, int dropped, bool isTarget)
    {
        var parts = items.Take(items.Count - dropped).Select(i => i.String?.Sval ?? "").ToArray();
        return parts.Length > 0 ? [new QualifiedName(parts, isTarget)] : [];
    }
}
