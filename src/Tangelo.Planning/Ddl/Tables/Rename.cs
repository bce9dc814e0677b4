using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Objects;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>ALTER ... RENAME of tables, columns, constraints, policies and indexes; the other kinds go to their own handlers.</summary>
internal static class Rename
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var rename = statement.RenameStmt;
        switch (rename.RenameType)
        {
            case ObjectType.ObjectTable or ObjectType.ObjectIndex:
                if (context.FindTable(rename.Relation) is { } table)
                    return Make(context, table, Everywhere(context, statement, table, t => t.Bare(table, rename.Newname)), true);
                return context.FindIndex(rename.Relation) is { } index
                    ? Make(context, index.Table, RenameIndex(context, index, rename.Newname), true)
                    : null;
            case ObjectType.ObjectColumn or ObjectType.ObjectPolicy:
                return context.FindTable(rename.Relation) is { } owner
                    ? Make(context, owner, Everywhere(context, statement, owner, _ => rename.Newname), true)
                    : null;
            case ObjectType.ObjectTabconstraint:
                return context.FindTable(rename.Relation) is { } constrained ? RenameConstraint(context, statement, constrained) : null;
            case ObjectType.ObjectTrigger or ObjectType.ObjectRule:
                return Triggers.Rename(context, rename);
            case ObjectType.ObjectStatisticExt:
                return Statistics.Rename(context, rename);
            case ObjectType.ObjectSchema:
                return Schemas.Rename(context, statement);
            case ObjectType.ObjectRole:
                return Access.Roles.Rename(context, statement);
            case ObjectType.ObjectType or ObjectType.ObjectDomain or ObjectType.ObjectDomconstraint or ObjectType.ObjectAttribute:
                return Types.Rename(context, statement);
            default:
                return null;
        }
    }

    private static DdlPlan RenameConstraint(DdlContext context, Node statement, DistributedTable table)
    {
        var rename = statement.RenameStmt;
        ImmutableArray<DdlPart> parts = context.ConstraintType(table, rename.Subname) switch
        {
            null => [],
            'p' or 'u' or 'x' => Everywhere(context, statement, table, t => t.Bare(table, rename.Newname), t => t.Bare(table, rename.Subname)),
            _ => Everywhere(context, statement, table, _ => rename.Newname),
        };
        return Make(context, table, parts, true);
    }

    private static ImmutableArray<DdlPart> RenameIndex(DdlContext context, TableIndex index, string newName)
    {
        var template = new ShardTemplate(context.Statement.Sql);
        return
        [
            new DdlPart(index.Table, template.Cut(
                $"ALTER INDEX {template.Qualified(index.Table, index.Name)} RENAME TO {template.Bare(index.Table, newName)}")),
        ];
    }

    private static ImmutableArray<DdlPart> Everywhere(
        DdlContext context,
        Node statement,
        DistributedTable table,
        Func<ShardTemplate, string> newName,
        Func<ShardTemplate, string>? oldName = null)
    {
        var template = new ShardTemplate(context.Statement.Sql);
        var onShards = statement.Clone();
        template.Put(onShards.RenameStmt.Relation, table);
        onShards.RenameStmt.Relation.Inh = true;
        onShards.RenameStmt.Newname = newName(template);
        if (oldName is not null)
            onShards.RenameStmt.Subname = oldName(template);
        return [new DdlPart(table, template.Build(onShards))];
    }

    private static DdlPlan Make(DdlContext context, DistributedTable table, ImmutableArray<DdlPart> parts, bool changesMetadata) =>
        new(context.Statement.Text, parts, Transactional: true, changesMetadata)
        {
            After = changesMetadata ? [CoordinatorCalls.TableChanged(table)] : [],
        };
}
