using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Maintenance;

/// <summary>
/// VACUUM and ANALYZE. The coordinator never analyzes a shell: PostgreSQL would read its foreign child to the end.
/// </summary>
internal static class Vacuum
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var vacuum = statement.VacuumStmt;
        var everything = vacuum.Rels.Count == 0;
        if (context.Map.Tables.IsEmpty)
            return null;

        var template = new ShardTemplate(context.Statement.Sql);
        var parts = ImmutableArray.CreateBuilder<DdlPart>();
        var local = new List<Node>();
        foreach (var relation in everything ? AllTables(context) : vacuum.Rels)
        {
            if (context.FindTable(relation.VacuumRelation.Relation) is not { } table)
            {
                local.Add(relation);
                continue;
            }

            CheckColumns(table, relation.VacuumRelation);
            parts.Add(new DdlPart(table, Shards(template, statement, relation, table)));
        }

        if (parts.Count == 0)
            return null;

        var analyzes = !vacuum.IsVacuumcmd || vacuum.Options.Any(o => o.DefElem.Defname == "analyze" && IsOn(o.DefElem));
        var sql = !analyzes ? context.Statement.Text
            : everything ? EverythingElse(context, statement)
            : local.Count > 0 ? Write(statement, local)
            : vacuum.IsVacuumcmd ? WithoutAnalyze(statement)
            : [];
        return new DdlPlan(sql, parts.ToImmutable(), Transactional: !vacuum.IsVacuumcmd, ChangesMetadata: false)
        {
            CommandTag = vacuum.IsVacuumcmd ? "VACUUM" : "ANALYZE",
        };
    }

    /// <summary>True for an option that is given without a value, or with one that means on.</summary>
    internal static bool IsOn(DefElem option) => option.Arg?.NodeCase switch
    {
        null => true,
        Node.NodeOneofCase.Integer => option.Arg.Integer.Ival != 0,
        Node.NodeOneofCase.Boolean => option.Arg.Boolean.Boolval,
        _ => option.Arg.String?.Sval.ToLowerInvariant() is "true" or "on" or "1",
    };

    private static IEnumerable<Node> AllTables(DdlContext context) => context.Map.Tables.Select(t => new Node
    {
        VacuumRelation = new VacuumRelation { Relation = SyntaxNodes.ToRangeVar([t.Schema, t.Name]) },
    });

    private static ShardQuery Shards(ShardTemplate template, Node statement, Node relation, DistributedTable table)
    {
        var onShards = statement.Clone();
        var shard = relation.Clone();
        template.Put(shard.VacuumRelation.Relation, table);
        shard.VacuumRelation.Relation.Inh = true;
        onShards.VacuumStmt.Rels.Clear();
        onShards.VacuumStmt.Rels.Add(shard);
        return template.Build(onShards);
    }

    private static void CheckColumns(DistributedTable table, VacuumRelation relation)
    {
        foreach (var column in SyntaxNodes.Strings(relation.VaCols))
        {
            if (table.FindColumn(column) is null)
                throw new PgException(SqlState.UndefinedColumn, $"column \"{column}\" of relation \"{table.Name}\" does not exist");
        }
    }

    private static byte[] Write(Node statement, IEnumerable<Node> relations)
    {
        var local = statement.Clone();
        local.VacuumStmt.Rels.Clear();
        local.VacuumStmt.Rels.AddRange(relations);
        return Encoding.UTF8.GetBytes(DdlText.Write(local));
    }

    private static byte[] WithoutAnalyze(Node statement)
    {
        var onShells = statement.Clone().VacuumStmt;
        var options = onShells.Options.Where(o => o.DefElem.Defname != "analyze").ToList();
        onShells.Options.Clear();
        onShells.Options.AddRange(options);
        foreach (var relation in onShells.Rels)
            relation.VacuumRelation.VaCols.Clear();
        return Encoding.UTF8.GetBytes(DdlText.Write(new Node { VacuumStmt = onShells }));
    }

    // Without a list PostgreSQL takes every table of the database, which would be the shells too.
    private static byte[] EverythingElse(DdlContext context, Node statement)
    {
        var rows = context.Ask(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace " +
            "WHERE c.relkind IN ('r', 'm', 'p') AND (c.relpersistence <> 't' OR c.relnamespace = pg_catalog.pg_my_temp_schema()) " +
            "AND NOT EXISTS (SELECT FROM pg_catalog.pg_dist_partition d WHERE d.logicalrelid = c.oid) " +
            "AND NOT EXISTS (SELECT FROM pg_catalog.tangelo_coordinator_shard s WHERE s.relation = c.oid) ORDER BY c.oid");
        return Write(statement, rows.Select(r => new Node
        {
            VacuumRelation = new VacuumRelation { Relation = SyntaxNodes.ToRangeVar([r[0]!, r[1]!]) },
        }));
    }
}
