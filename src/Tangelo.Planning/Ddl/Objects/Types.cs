using Google.Protobuf.Collections;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Objects;

/// <summary>
/// Changes of enums, domains and composite types. A node that has the type (a shard there uses or used it) follows; it is named with
/// its schema there, for a search path may find another one.
/// </summary>
internal static class Types
{
    public static Plan? AlterEnum(DdlContext context, Node statement) =>
        Follow(context, statement, SyntaxNodes.Strings(statement.AlterEnumStmt.TypeName), (copy, name) => Put(copy.AlterEnumStmt.TypeName, name));

    public static Plan? AlterDomain(DdlContext context, Node statement) =>
        Follow(context, statement, SyntaxNodes.Strings(statement.AlterDomainStmt.TypeName), (copy, name) => Put(copy.AlterDomainStmt.TypeName, name));

    /// <summary>ALTER TYPE ... ADD ATTRIBUTE and its like, which have the form of ALTER TABLE.</summary>
    public static Plan? AlterComposite(DdlContext context, Node statement) =>
        Follow(context, statement, Names(statement.AlterTableStmt.Relation), (copy, name) => Put(copy.AlterTableStmt.Relation, name));

    public static Plan? Rename(DdlContext context, Node statement)
    {
        var rename = statement.RenameStmt;
        return rename.RenameType == ObjectType.ObjectAttribute
            ? Follow(context, statement, Names(rename.Relation), (copy, name) => Put(copy.RenameStmt.Relation, name))
            : Follow(context, statement, SyntaxNodes.Strings(rename.Object.List.Items), (copy, name) => Put(copy.RenameStmt.Object.List.Items, name));
    }

    public static Plan? SetSchema(DdlContext context, Node statement)
    {
        var alter = statement.AlterObjectSchemaStmt;
        return Follow(
            context,
            statement,
            SyntaxNodes.Strings(alter.Object.List.Items),
            (copy, name) => Put(copy.AlterObjectSchemaStmt.Object.List.Items, name),
            alter.Newschema);
    }

    /// <summary>DROP TYPE and DROP DOMAIN. With CASCADE the columns of shards go on their nodes as those of the shells do here.</summary>
    public static Plan? Drop(DdlContext context, DropStmt drop)
    {
        if (!context.Map.Workers.Any())
            return null;

        var nodes = new List<NodePart>();
        foreach (var written in drop.Objects)
        {
            if (Find(context, SyntaxNodes.Strings(written.TypeName.Names)) is not { } name)
                continue;
            var kind = drop.RemoveType == ObjectType.ObjectDomain ? "DOMAIN" : "TYPE";
            var cascade = drop.Behavior == DropBehavior.DropCascade ? " CASCADE" : "";
            nodes.Add(new NodePart($"DROP {kind} IF EXISTS {ShardNames.QuoteQualified(name.Schema, name.Name)}{cascade}"));
        }

        return nodes.Count == 0 ? null : Make(context, [.. nodes]);
    }

    private static DdlPlan? Follow(
        DdlContext context, Node statement, string[] written, Action<Node, (string Schema, string Name)> put, string? newSchema = null)
    {
        if (!context.Map.Workers.Any() || Find(context, written) is not { } name)
            return null;
        var onNodes = statement.Clone();
        put(onNodes, name);
        var change = NodeCommand.When(NodeCommand.TypeExists(name.Schema, name.Name), DdlText.Write(onNodes));
        return Make(context, newSchema is null ? [change] : [NodeCommand.EnsureSchema(newSchema), change]);
    }

    private static DdlPlan Make(DdlContext context, NodePart[] nodes)
    {
        var concernsTables = !context.Map.Tables.IsEmpty;
        return new DdlPlan(context.Statement.Text, [], Transactional: true, concernsTables)
        {
            Nodes = [.. nodes],
            After = concernsTables ? [CoordinatorCalls.MetadataTouched] : [],
        };
    }

    // A type that is not there is PostgreSQL's error. to_regtype would refuse a type that is only a shell.
    private static (string Schema, string Name)? Find(DdlContext context, string[] written)
    {
        var where = written is [.., var schema, _] ? $"n.nspname = {ShardNames.Literal(schema)}" : "pg_catalog.pg_type_is_visible(t.oid)";
        var rows = context.Ask(
            "SELECT n.nspname, t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace " +
            $"WHERE t.typname = {ShardNames.Literal(written[^1])} AND t.typisdefined AND {where}");
        return rows.Count == 0 ? null : (rows[0][0]!, rows[0][1]!);
    }

    private static string[] Names(RangeVar relation) =>
        relation.Schemaname.Length == 0 ? [relation.Relname] : [relation.Schemaname, relation.Relname];

    private static void Put(RepeatedField<Node> names, (string Schema, string Name) name)
    {
        names.Clear();
        names.Add([SyntaxNodes.String(name.Schema), SyntaxNodes.String(name.Name)]);
    }

    private static void Put(RangeVar relation, (string Schema, string Name) name)
    {
        relation.Catalogname = "";
        relation.Schemaname = name.Schema;
        relation.Relname = name.Name;
    }
}
