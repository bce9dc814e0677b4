using System.Collections.Immutable;
using System.Text;
using PgQuery;
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
        if (command.Subtype == T.AtAttachPartition && context.FindTable(command.Def.PartitionCmd.Name) is { } known)
            throw Refusal.NotSupported(
                $"cannot attach \"{known.Name}\" as a partition because it is distributed already", hint: "Use undistribute_table() first.");
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
