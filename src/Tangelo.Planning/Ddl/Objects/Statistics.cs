using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Objects;

/// <summary>Extended statistics. Their names carry the shard's id, in the schema they have on the coordinator.</summary>
internal static class Statistics
{
    public static Plan? Create(DdlContext context, Node statement)
    {
        var create = statement.CreateStatsStmt;
        if (create.Relations.Count != 1 || context.FindTable(create.Relations[0].RangeVar) is not { } table)
            return null;
        var names = SyntaxNodes.Strings(create.Defnames);
        if (create.IfNotExists && Exists(context, names))
            return context.OnCoordinator();

        var template = new ShardTemplate(context.Statement.Sql);
        var onShards = statement.Clone();
        var shard = onShards.CreateStatsStmt;
        shard.Defnames[^1] = SyntaxNodes.String(template.Bare(table, names[^1]));
        shard.Relations[0].RangeVar.Inh = true;
        template.Put(shard.Relations[0].RangeVar, table);
        foreach (var expression in shard.Exprs)
            SyntaxNodes.Unqualify(expression, table);
        return new DdlPlan(context.Statement.Text, [new DdlPart(table, template.Build(onShards))], Transactional: true, ChangesMetadata: false)
        {
            NodeScripts = CoordinatorCalls.Dependencies(table),
        };
    }

    public static Plan? Alter(DdlContext context, Node statement) =>
        Find(context, SyntaxNodes.Strings(statement.AlterStatsStmt.Defnames)) is { } found
            ? Make(context, [Part(context, found, $"SET STATISTICS {statement.AlterStatsStmt.Stxstattarget}")])
            : null;

    public static Plan? Rename(DdlContext context, RenameStmt rename) =>
        Find(context, SyntaxNodes.Strings(rename.Object.List.Items)) is { } found
            ? Make(context, [Part(context, found, $"RENAME TO {found.Template.Bare(found.Table, rename.Newname)}")])
            : null;

    public static Plan? SetSchema(DdlContext context, AlterObjectSchemaStmt move) =>
        Find(context, SyntaxNodes.Strings(move.Object.List.Items)) is { } found
            ? Make(context, [Part(context, found, $"SET SCHEMA {ShardNames.Quote(move.Newschema)}")]) with
            {
                Nodes = [NodeCommand.EnsureSchema(move.Newschema)],
            }
            : null;

    public static Plan? Drop(DdlContext context, DropStmt drop)
    {
        var found = drop.Objects.Select(o => Find(context, SyntaxNodes.Strings(o.List.Items))).OfType<Found>().ToList();
        return found.Count == 0
            ? null
            : Make(context, [.. found.Select(f => new DdlPart(f.Table, f.Template.Cut($"DROP STATISTICS IF EXISTS {f.Name}")))]);
    }

    private static DdlPart Part(DdlContext context, Found found, string action) =>
        new(found.Table, found.Template.Cut($"ALTER STATISTICS {found.Name} {action}"));

    private static DdlPlan Make(DdlContext context, DdlPart[] parts) =>
        new(context.Statement.Text, [.. parts], Transactional: true, ChangesMetadata: false);

    private static bool Exists(DdlContext context, string[] names) => context.Ask(
        "SELECT 1 FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace " +
        $"WHERE s.stxname = {ShardNames.Literal(names[^1])} AND n.nspname = " +
        (names.Length > 1 ? ShardNames.Literal(names[^2]) : "pg_catalog.current_schema()")).Count > 0;

    private static Found? Find(DdlContext context, string[] names)
    {
        if (context.Map.Tables.IsEmpty)
            return null;
        var rows = context.Ask(
            "SELECT s.stxrelid, n.nspname FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace " +
            $"WHERE s.stxname = {ShardNames.Literal(names[^1])} AND " +
            (names.Length > 1 ? $"n.nspname = {ShardNames.Literal(names[^2])}" : "pg_catalog.pg_statistics_obj_is_visible(s.oid)"));
        if (rows.Count == 0 || context.Map.Find(new Oid(uint.Parse(rows[0][0]!))) is not { } table)
            return null;
        var template = new ShardTemplate(context.Statement.Sql);
        return new(table, template, $"{ShardNames.Quote(rows[0][1]!)}.{template.Bare(table, names[^1])}");
    }

    private sealed record Found(DistributedTable Table, ShardTemplate Template, string Name);
}
