using System.Text;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;
using T = PgQuery.AlterTableType;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>
/// Statements about distributed materialized views. The coordinator has a table in such a view's place: what names the view becomes a statement about
/// the table, and what PostgreSQL allows on tables only is refused in its words.
/// </summary>
internal static class MaterializedViews
{
    /// <summary>REFRESH; null for a view of the coordinator's.</summary>
    public static Plan? Refresh(DdlContext context, Node statement)
    {
        var refresh = statement.RefreshMatViewStmt;
        if (context.FindTable(refresh.Relation) is not { IsMaterializedView: true } view)
            return null;
        if (refresh is { Concurrent: true, SkipData: true })
            throw new PgException(SqlState.SyntaxError, "CONCURRENTLY and WITH NO DATA options cannot be used together");
        return new RefreshPlan(view, refresh.Concurrent, !refresh.SkipData);
    }

    /// <summary>COMMENT ON MATERIALIZED VIEW.</summary>
    public static Plan? Comment(DdlContext context, Node statement)
    {
        var comment = statement.CommentStmt;
        if (comment.Objtype != ObjectType.ObjectMatview || context.FindTable(Name(comment.Object)) is not { IsMaterializedView: true })
            return null;
        var copy = statement.Clone();
        copy.CommentStmt.Objtype = ObjectType.ObjectTable;
        return new CoordinatorPlan(Encoding.UTF8.GetBytes(DdlText.Write(copy)), CoordinatorReason.Local);
    }

    /// <summary>DROP MATERIALIZED VIEW; views of the coordinator's in the list go first.</summary>
    public static DdlPlan? Drop(DdlContext context, DropStmt drop)
    {
        var distributed = drop.Objects.Where(o => context.FindTable(Name(o)) is { IsMaterializedView: true }).ToList();
        if (distributed.Count == 0)
            return null;
        var (tables, others) = (drop.Clone(), drop.Clone());
        tables.RemoveType = ObjectType.ObjectTable;
        tables.Objects.Clear();
        tables.Objects.AddRange(distributed);
        foreach (var name in distributed)
            others.Objects.Remove(name);
        var rewritten = Rewrite(context, new Node { DropStmt = tables });
        var plan = DropObjects.DropTables(rewritten, tables)!;
        return plan with
        {
            Before = others.Objects.Count == 0 ? plan.Before : plan.Before.Insert(0, DdlText.Write(new Node { DropStmt = others })),
            ClientTag = "DROP MATERIALIZED VIEW",
        };
    }

    /// <summary>ALTER MATERIALIZED VIEW and ALTER TABLE of one, and its policies, which it cannot have; null for anything else.</summary>
    public static Plan? Alter(DdlContext context, Node statement, Func<DdlContext, Node, Plan?> handler)
    {
        var relation = statement.NodeCase switch
        {
            Node.NodeOneofCase.AlterTableStmt when statement.AlterTableStmt.Objtype is ObjectType.ObjectMatview or ObjectType.ObjectTable => statement.AlterTableStmt.Relation,
            Node.NodeOneofCase.CreatePolicyStmt => statement.CreatePolicyStmt.Table,
            Node.NodeOneofCase.RenameStmt => statement.RenameStmt.Relation,
            Node.NodeOneofCase.AlterObjectSchemaStmt => statement.AlterObjectSchemaStmt.Relation,
            _ => null,
        };
        if (relation is null || context.FindTable(relation) is not { IsMaterializedView: true } view)
            return null;
        var copy = statement.Clone();
        switch (copy.NodeCase)
        {
            case Node.NodeOneofCase.CreatePolicyStmt:
                throw new PgException(SqlState.WrongObjectType, $"\"{view.Name}\" is not a table");
            case Node.NodeOneofCase.AlterTableStmt:
                foreach (var command in copy.AlterTableStmt.Cmds)
                    RequireAllowed(command.AlterTableCmd, view);
                if (copy.AlterTableStmt.Objtype == ObjectType.ObjectTable)
                    return null;
                copy.AlterTableStmt.Objtype = ObjectType.ObjectTable;
                break;
            case Node.NodeOneofCase.RenameStmt when copy.RenameStmt.RenameType == ObjectType.ObjectMatview:
                copy.RenameStmt.RenameType = ObjectType.ObjectTable;
                break;
            case Node.NodeOneofCase.RenameStmt when copy.RenameStmt.RelationType == ObjectType.ObjectMatview:
                copy.RenameStmt.RelationType = ObjectType.ObjectTable;
                break;
            case Node.NodeOneofCase.AlterObjectSchemaStmt when copy.AlterObjectSchemaStmt.ObjectType == ObjectType.ObjectMatview:
                copy.AlterObjectSchemaStmt.ObjectType = ObjectType.ObjectTable;
                break;
            default:
                return null;
        }

        var rewritten = Rewrite(context, copy);
        return handler(rewritten, rewritten.Statement.Tree) is DdlPlan plan ? plan with { ClientTag = "ALTER MATERIALIZED VIEW" } : null;
    }

    private static DdlContext Rewrite(DdlContext context, Node statement) =>
        context.With(SqlParser.ParseOne(DdlText.Write(statement)));

    private static void RequireAllowed(AlterTableCmd command, DistributedTable view)
    {
        if (command.Subtype is T.AtSetStatistics or T.AtSetOptions or T.AtResetOptions or T.AtSetStorage or T.AtSetCompression or T.AtClusterOn
            or T.AtDropCluster or T.AtSetTableSpace or T.AtSetAccessMethod or T.AtSetRelOptions or T.AtResetRelOptions or T.AtChangeOwner)
        {
            return;
        }

        throw new PgException(
            SqlState.WrongObjectType,
            $"ALTER action {ActionName(command.Subtype)} cannot be performed on relation \"{view.Name}\"",
            "This operation is not supported for materialized views.");
    }

    private static string ActionName(T subtype) => subtype switch
    {
        T.AtAddColumn => "ADD COLUMN",
        T.AtDropColumn => "DROP COLUMN",
        T.AtAlterColumnType => "ALTER COLUMN ... SET DATA TYPE",
        T.AtColumnDefault => "ALTER COLUMN ... SET DEFAULT",
        T.AtSetNotNull => "ALTER COLUMN ... SET NOT NULL",
        T.AtDropNotNull => "ALTER COLUMN ... DROP NOT NULL",
        T.AtAddConstraint => "ADD CONSTRAINT",
        T.AtDropConstraint => "DROP CONSTRAINT",
        T.AtEnableRowSecurity => "ENABLE ROW SECURITY",
        T.AtDisableRowSecurity => "DISABLE ROW SECURITY",
        T.AtForceRowSecurity => "FORCE ROW SECURITY",
        T.AtNoForceRowSecurity => "NO FORCE ROW SECURITY",
        T.AtReplicaIdentity => "REPLICA IDENTITY",
        T.AtSetLogged => "SET LOGGED",
        T.AtSetUnLogged => "SET UNLOGGED",
        T.AtAddInherit => "INHERIT",
        T.AtDropInherit => "NO INHERIT",
        _ => "of this kind",
    };

    private static RangeVar Name(Node names) => SyntaxNodes.ToRangeVar(SyntaxNodes.Strings(names.List.Items));
}
