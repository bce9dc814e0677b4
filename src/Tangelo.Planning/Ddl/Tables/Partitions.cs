using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;
using T = PgQuery.AlterTableType;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>
/// Partitions that come and go. The coordinator carries out the client's statement, and there an event trigger of Tangelo's follows it: a partition
/// gets its shards, or becomes a distributed table of its own.
/// </summary>
internal static class Partitions
{
    /// <summary>ATTACH and DETACH PARTITION; null for any other change.</summary>
    public static DdlPlan? Plan(DdlContext context, Node statement, DistributedTable table)
    {
        if (!table.IsPartitioned || statement.AlterTableStmt.Cmds is not [{ AlterTableCmd: { Subtype: T.AtAttachPartition or T.AtDetachPartition } command }])
            return null;
        if (command.Subtype == T.AtAttachPartition)
            return Attach(context, table, context.FindTable(command.Def.PartitionCmd.Name));
        var sql = context.Statement.Text;
        if (command.Def.PartitionCmd.Concurrent)
        {
            if (context.Ask($"SELECT partdefid <> 0 FROM pg_catalog.pg_partitioned_table WHERE partrelid = {table.Relation}") is [["t"]])
                throw new PgException(SqlState.ObjectNotInPrerequisiteState, "cannot detach partitions concurrently when a default partition exists");

            // In one transaction: the shards, too, lose it at the same time.
            var copy = statement.Clone();
            copy.AlterTableStmt.Cmds[0].AlterTableCmd.Def.PartitionCmd.Concurrent = false;
            sql = Encoding.UTF8.GetBytes(DdlText.Write(copy));
        }

        return new DdlPlan(sql, [], Transactional: true, ChangesMetadata: true) { After = [CoordinatorCalls.MetadataTouched] };
    }

    // A table that is distributed itself keeps its shards, which become partitions where they are.
    private static DdlPlan Attach(DdlContext context, DistributedTable table, DistributedTable? attached)
    {
        var isKnown = attached is { IsPartition: false } && attached != table;
        if (isKnown)
            CheckCoLocated(table, attached!);
        return new DdlPlan(context.Statement.Text, isKnown ? [.. RenameIndexes([attached!]), .. RenameIndexes(context, attached!)] : [], Transactional: true, ChangesMetadata: true)
        {
            Before = isKnown ? [CoordinatorCalls.BeginAttach(table, attached!), CoordinatorCalls.HideForeignKeys(table)] : [CoordinatorCalls.HideForeignKeys(table)],
            After = [CoordinatorCalls.ShowForeignKeys(table), CoordinatorCalls.MetadataTouched],
        };
    }

    private static void CheckCoLocated(DistributedTable table, DistributedTable attached)
    {
        if (attached.DistributionColumn is not { } column || attached.Colocation != table.Colocation)
        {
            throw Refusal.NotSupported(
                $"cannot attach \"{attached.Name}\" as a partition because it is not co-located with \"{table.Name}\"",
                hint: $"Use undistribute_table('{attached.Name}') first: ATTACH PARTITION distributes a local table.");
        }

        if (column.Name != table.DistributionColumn!.Name)
        {
            throw Refusal.NotSupported(
                $"cannot attach \"{attached.Name}\" as a partition because it is distributed by column \"{column.Name}\", and \"{table.Name}\" by \"{table.DistributionColumn.Name}\"",
                hint: $"Use undistribute_table('{attached.Name}') first: ATTACH PARTITION distributes a local table.");
        }

        if (attached.IsMaterializedView)
            throw Refusal.NotSupported($"cannot attach materialized view \"{attached.Name}\" as a partition");
    }

    /// <summary>True for what a partitioned table cannot get while its partitions are foreign: unique and foreign keys.</summary>
    public static bool AddsKey(AlterTableCmd command) =>
        command is { Subtype: T.AtAddConstraint, Def.Constraint.Contype: ConstrType.ConstrForeign or ConstrType.ConstrPrimary or ConstrType.ConstrUnique };

    /// <summary>Takes the foreign keys out of the definition of a column that ALTER TABLE adds: subcommands that add them to the table.</summary>
    public static List<Node> TakeKeys(AlterTableCmd command, DistributedTable table)
    {
        var keys = new List<Node>();
        if (command is not { Subtype: T.AtAddColumn, Def.ColumnDef: { } column } || (command.MissingOk && table.FindColumn(column.Colname) is not null))
            return keys;
        Constraint? last = null;
        foreach (var node in column.Constraints.ToList())
        {
            // What follows a constraint belongs to it.
            if (node.Constraint.Contype is ConstrType.ConstrAttrDeferrable or ConstrType.ConstrAttrNotDeferrable or ConstrType.ConstrAttrDeferred or ConstrType.ConstrAttrImmediate)
            {
                if (last is null)
                    continue;
                last.Deferrable |= node.Constraint.Contype is ConstrType.ConstrAttrDeferrable or ConstrType.ConstrAttrDeferred;
                last.Initdeferred |= node.Constraint.Contype == ConstrType.ConstrAttrDeferred;
                column.Constraints.Remove(node);
                continue;
            }

            last = null;
            if (node.Constraint.Contype != ConstrType.ConstrForeign)
                continue;
            column.Constraints.Remove(node);
            last = node.Constraint.Clone();
            last.FkAttrs.Add(new Node { String = new PgQuery.String { Sval = column.Colname } });
            keys.Add(new Node { AlterTableCmd = new AlterTableCmd { Subtype = T.AtAddConstraint, Def = new Node { Constraint = last }, Behavior = DropBehavior.DropRestrict } });
        }

        return keys;
    }

    /// <summary>
    /// After a partitioned table has got an index: on the shards those of its partitions are called after the partition's shard (<c>p1_102009_a_idx</c>), and
    /// get the name that the coordinator knows, with the shard's number at its end.
    /// </summary>
    public static IEnumerable<DdlPart> RenameIndexes(DdlContext context, DistributedTable table)
    {
        if (!table.IsPartitioned)
            return [];
        return RenameIndexes(
            context.Ask($"SELECT relid::pg_catalog.oid FROM pg_catalog.pg_partition_tree({table.Relation}) WHERE level > 0 ORDER BY level, 1")
                .Select(row => context.Map.Find(new Oid(uint.Parse(row[0]!)))).OfType<DistributedTable>());
    }

    private static IEnumerable<DdlPart> RenameIndexes(IEnumerable<DistributedTable> partitions)
    {
        foreach (var partition in partitions)
        {
            if (ShardNames.IsLong(partition.Name))
                continue;
            yield return new DdlPart(partition, new ShardQuery(
            [
                new TextPart("DO $tangelo$ DECLARE r record; shard pg_catalog.regclass := $name$"),
                new ShardNamePart(partition, partition.Name),
                new TextPart(
                    """
                    $name$;
                        name pg_catalog.text := (SELECT c.relname FROM pg_catalog.pg_class c WHERE c.oid = shard);
                        suffix pg_catalog.text := substring(name FROM '_[0-9]+$');
                        fresh pg_catalog.text;
                        n pg_catalog.int4;
                    BEGIN
                        FOR r IN SELECT c.oid::pg_catalog.regclass AS index, c.relname, c.relnamespace FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
                            WHERE i.indrelid = shard AND pg_catalog.starts_with(c.relname, name || '_') ORDER BY c.oid
                        LOOP
                            fresh := pg_catalog.left(name, -pg_catalog.length(suffix)) || pg_catalog.substr(r.relname, pg_catalog.length(name) + 1);
                            n := NULL;
                            WHILE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = r.relnamespace AND c.relname = pg_catalog.concat(fresh, n, suffix)) LOOP
                                n := coalesce(n, 0) + 1;
                            END LOOP;
                            EXECUTE pg_catalog.format('ALTER INDEX %s RENAME TO %I', r.index, pg_catalog.concat(fresh, n, suffix));
                        END LOOP;
                    END $tangelo$
                    """),
            ]));
        }
    }

    /// <summary>COMMENT ON TABLE of a partition.</summary>
    public static Plan? Comment(DdlContext context, Node statement)
    {
        if (statement.CommentStmt is not { Objtype: ObjectType.ObjectTable, Object.List: { } name }
            || context.FindTable(SyntaxNodes.ToRangeVar(SyntaxNodes.Strings(name.Items))) is not { IsPartition: true })
        {
            return null;
        }

        var copy = statement.Clone();
        copy.CommentStmt.Objtype = ObjectType.ObjectForeignTable;
        return new CoordinatorPlan(Encoding.UTF8.GetBytes(DdlText.Write(copy)), CoordinatorReason.Local);
    }

    /// <summary>DROP TABLE of partitions, which are foreign tables on the coordinator: the statements that drop them there.</summary>
    public static ImmutableArray<string> Drop(DropStmt drop, IEnumerable<Node> names)
    {
        var copy = drop.Clone();
        copy.RemoveType = ObjectType.ObjectForeignTable;
        copy.Objects.Clear();
        copy.Objects.Add(names.Select(n => n.Clone()));
        return copy.Objects.Count == 0 ? [] : [DdlText.Write(new Node { DropStmt = copy })];
    }
}
