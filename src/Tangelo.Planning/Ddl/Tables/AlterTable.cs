using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Objects;
using Tangelo.Planning.Ddl.Rules;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>
/// ALTER TABLE with any number of subcommands, and ALTER INDEX. The coordinator's form and the shards' form begin as copies
/// of the client's; each subcommand then changes them or stays away from one of them.
/// </summary>
internal static class AlterTable
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var alter = statement.AlterTableStmt;
        if (alter.Objtype == ObjectType.ObjectType)
            return Types.AlterComposite(context, statement);
        if (alter.Objtype is not (ObjectType.ObjectTable or ObjectType.ObjectIndex))
            return null;
        if (context.FindTable(alter.Relation) is { } table)
            return Partitions.Plan(context, statement, table) ?? PlanTable(context, statement, table);
        if (context.FindIndex(alter.Relation) is { } index)
            return PlanIndex(context, statement, index);
        RefuseAsParent(context, alter);
        ForeignKeyRule.CheckLocal(context, alter);
        return null;
    }

    private static DdlPlan PlanTable(DdlContext context, Node statement, DistributedTable table)
    {
        var onCoordinator = statement.Clone();
        var onShards = statement.Clone();
        var template = new ShardTemplate(context.Statement.Sql);
        var commands = new TableCommands(context, table, template);
        var coordinatorCommands = new List<Node>();
        var shardCommands = new List<Node>();
        for (var i = 0; i < statement.AlterTableStmt.Cmds.Count; i++)
        {
            var coordinator = onCoordinator.AlterTableStmt.Cmds[i];
            var shard = onShards.AlterTableStmt.Cmds[i];
            var where = commands.Prepare(coordinator.AlterTableCmd, shard.AlterTableCmd);
            coordinatorCommands.Add(coordinator);
            if (where != CommandPlace.Coordinator)
                shardCommands.Add(shard);
        }

        // Without ONLY: what comes to the shell must come to its foreign child too.
        var edited = commands.Edited || !onCoordinator.AlterTableStmt.Relation.Inh
            || coordinatorCommands.Count < statement.AlterTableStmt.Cmds.Count;
        var onlyNames = edited == commands.Edited && !commands.EditedBeyondNames;
        onCoordinator.AlterTableStmt.Relation.Inh = true;

        // Keys of a partitioned table are for the table alone; whatever else the statement does comes before them, and to the partitions too.
        var keys = table.IsPartitioned ? coordinatorCommands.FindAll(c => Partitions.AddsKey(c.AlterTableCmd)) : [];
        var onlyKeys = keys.Count == coordinatorCommands.Count;
        if (!onlyKeys && coordinatorCommands.RemoveAll(keys.Contains) > 0)
            (edited, onlyNames) = (true, false);
        var ofColumns = table.IsPartitioned ? coordinatorCommands.SelectMany(c => Partitions.TakeKeys(c.AlterTableCmd, table)).ToList() : [];
        if (ofColumns.Count > 0)
            (edited, onlyNames) = (true, false);
        keys.AddRange(ofColumns);

        Replace(onCoordinator.AlterTableStmt, coordinatorCommands);
        Replace(onShards.AlterTableStmt, shardCommands);
        template.Put(onShards.AlterTableStmt.Relation, table);

        var sql = coordinatorCommands.Count == 0 ? []
            : edited ? Encoding.UTF8.GetBytes(DdlText.Write(onCoordinator))
            : context.Statement.Text;
        ImmutableArray<DdlPart> parts = shardCommands.Count == 0 ? [] : [new DdlPart(table, template.Build(onShards))];
        foreach (var column in commands.Zeroed)
            parts = parts.Add(new DdlPart(table, template.Cut($"ALTER TABLE {template.Qualified(table, table.Name)} ALTER COLUMN {ShardNames.Quote(column)} DROP DEFAULT")));
        if (keys.Count > 0)
            parts = parts.AddRange(Partitions.RenameIndexes(context, table));

        string[] before = [], after = [];
        if (commands.ReplacesChild && !table.IsPartitioned)
            (before, after) = ([CoordinatorCalls.DetachChild(table)], [CoordinatorCalls.AttachChild(table)]);
        else if (onlyKeys)
            (before, after) = ([CoordinatorCalls.HidePartitions(table)], [CoordinatorCalls.ShowPartitions(table)]);
        else if (keys.Count > 0)
        {
            Replace(onCoordinator.AlterTableStmt, keys);
            after = [CoordinatorCalls.HidePartitions(table), DdlText.Write(onCoordinator), CoordinatorCalls.ShowPartitions(table)];
        }

        // A column of another type makes its indexes anew, and USING is not for foreign tables.
        if (table.IsPartitioned && statement.AlterTableStmt.Cmds.Any(c => c.AlterTableCmd.Subtype == AlterTableType.AtAlterColumnType))
            (before, after) = ([CoordinatorCalls.OpenPartitions(table), .. before], [CoordinatorCalls.ClosePartitions(table), .. after]);

        var targets = commands.Partitioned.ToList();
        return new DdlPlan(sql, parts, Transactional: true, ChangesMetadata: true)
        {
            Before = [.. targets.Where(t => t != table).Select(CoordinatorCalls.BeginKey), .. before],
            BeforeInFunction = onlyNames ? [] : null,
            After = [.. after, .. targets.Select(CoordinatorCalls.EndKey), CoordinatorCalls.TableChanged(table)],
            NodeScripts = commands.NeedsDependencies ? CoordinatorCalls.Dependencies(table) : null,
            AtEnd =
            [
                .. targets.Count > 0 ? [CoordinatorCalls.NamePartitionKeys(table)] : Array.Empty<string>(),
                .. commands.Filled.Select(column => CoordinatorCalls.FillColumn(table, column)),
                .. commands.MayReleaseLocalTables ? CoordinatorCalls.ReleaseLocalTables(context.Map) : [],
            ],
            CommandTag = "ALTER TABLE",
        };
    }

    private static DdlPlan? PlanIndex(DdlContext context, Node statement, TableIndex index)
    {
        var template = new ShardTemplate(context.Statement.Sql);
        var onShards = statement.Clone();
        foreach (var attached in onShards.AlterTableStmt.Cmds.Where(c => c.AlterTableCmd.Subtype == AlterTableType.AtAttachPartition).Select(c => c.AlterTableCmd.Def.PartitionCmd.Name))
        {
            // An index that does not exist, or is another table's, is PostgreSQL's error.
            if (context.FindIndex(attached) is not { } part)
                return null;
            template.Put(attached, part.Table, part.Name);
        }

        template.Put(onShards.AlterTableStmt.Relation, index.Table, index.Name);
        return new DdlPlan(context.Statement.Text, [new DdlPart(index.Table, template.Build(onShards))], Transactional: true, ChangesMetadata: false);
    }

    private static void RefuseAsParent(DdlContext context, AlterTableStmt alter)
    {
        foreach (var command in alter.Cmds.Select(c => c.AlterTableCmd))
        {
            var other = command.Subtype switch
            {
                AlterTableType.AtAddInherit => command.Def.RangeVar,
                AlterTableType.AtAttachPartition => command.Def.PartitionCmd.Name,
                _ => null,
            };
            if (context.FindTable(other) is { } parent)
                throw Refusal.NotSupported($"distributed table \"{parent.Name}\" cannot be part of an inheritance tree");
        }
    }

    private static void Replace(AlterTableStmt statement, List<Node> commands)
    {
        statement.Cmds.Clear();
        statement.Cmds.AddRange(commands);
    }
}
