using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Writing;

namespace Tangelo.Planning.Ddl.Rules;

/// <summary>
/// A foreign key works where every shard finds what its rows refer to on its own node: in a co-located shard (when the key holds both
/// distribution columns, side by side) or in a reference table.
/// </summary>
internal static class ForeignKeyRule
{
    private const char SetNull = 'n';
    private const char SetDefault = 'd';
    private const char Cascade = 'c';

    /// <summary>The referenced table, which may be <paramref name="table"/> itself; null when there is none of that name.</summary>
    public static DistributedTable? Check(DdlContext context, DistributedTable table, Constraint key, IReadOnlyList<string> columns)
    {
        // PostgreSQL will say so.
        if (context.Resolve(key.Pktable) is null)
            return null;

        var target = context.FindTable(key.Pktable) ?? throw (table.IsLocal
            ? new PreparationNeededException(CoordinatorCalls.AdoptLocalTable(context.Resolve(key.Pktable)!.Oid))
            : Refusal.NotSupported(
                "cannot create foreign key constraint",
                $"\"{key.Pktable.Relname}\" is a local table, and the shards of \"{table.Name}\" could not check their rows against it.",
                $"Distribute \"{key.Pktable.Relname}\", or make it a reference table."));

        if (table.HasCopiesOfShards || target.HasCopiesOfShards)
        {
            throw Refusal.NotSupported(
                "cannot create foreign key constraint", $"The shards of table \"{(table.HasCopiesOfShards ? table : target).Name}\" have several placements, which its actions could change in different orders.",
                "Only tables with a replication factor of 1 have foreign keys.");
        }

        if (target.IsReference)
            CheckActions(table, key, columns);
        else if (table.IsReference || (table.IsLocal && !target.IsLocal))
            throw ToDistributed();
        else
            CheckColocated(context, table, target, key, columns);
        return target;
    }

    /// <summary>
    /// A key from a local table to one of the cluster. PostgreSQL would look into the shell, which is empty: the table has to be known to the
    /// cluster first.
    /// </summary>
    /// <exception cref="PreparationNeededException">It can be, and then the key works.</exception>
    public static void CheckLocal(DdlContext context, AlterTableStmt alter)
    {
        foreach (var command in alter.Cmds.Select(c => c.AlterTableCmd))
        {
            IEnumerable<Constraint?> added = command.Subtype switch
            {
                AlterTableType.AtAddConstraint => [command.Def.Constraint],
                AlterTableType.AtAddColumn => command.Def.ColumnDef.Constraints.Select(c => c.Constraint),
                _ => [],
            };
            foreach (var key in added.Where(c => c?.Contype == ConstrType.ConstrForeign))
            {
                if (context.FindTable(key!.Pktable) is not { } target || context.Resolve(alter.Relation) is not { Kind: 'r', IsTemporary: false } local)
                    continue;
                throw target.IsReference || target.IsLocal
                    ? new PreparationNeededException(CoordinatorCalls.AdoptLocalTable(local.Oid))
                    : ToDistributed();
            }
        }
    }

    private static PgException ToDistributed() => Refusal.NotSupported(
        "cannot create foreign key constraint since foreign keys from reference tables and local tables to distributed tables are not supported",
        "Reference tables and local tables can only have foreign keys to reference tables and local tables");

    private static void CheckColocated(
        DdlContext context, DistributedTable table, DistributedTable target, Constraint key, IReadOnlyList<string> columns)
    {
        var ring = table.Method is DistributionMethod.Hash or DistributionMethod.SingleShard;
        if (!ring || table.Method != target.Method || (table.Relation != target.Relation && table.Colocation != target.Colocation))
            throw Refusal.NotSupported(
                "cannot create foreign key constraint since relations are not colocated or not referencing a reference table",
                "A distributed table can only refer to reference tables and to tables it is co-located with.");
        if (table.Method == DistributionMethod.SingleShard)
            return;

        var targets = key.PkAttrs.Count > 0 ? SyntaxNodes.Strings(key.PkAttrs) : PrimaryKey(context, target);
        var position = columns.ToList().IndexOf(table.DistributionColumn!.Name);
        if (position < 0 || position >= targets.Length || targets[position] != target.DistributionColumn!.Name)
            throw Refusal.NotSupported(
                "cannot create foreign key constraint",
                $"Foreign keys between distributed tables must hold the distribution columns of both (\"{table.DistributionColumn.Name}\" and " +
                $"\"{target.DistributionColumn!.Name}\") at the same position.");
        CheckActions(table, key, columns);
    }

    // An action that gives the distribution column another value would move the row to another shard.
    private static void CheckActions(DistributedTable table, Constraint key, IReadOnlyList<string> columns)
    {
        if (table.DistributionColumn is not { } distribution || !columns.Contains(distribution.Name))
            return;

        var onDelete = key.FkDelAction.FirstOrDefault();
        var setColumns = SyntaxNodes.Strings(key.FkDelSetCols);
        if (onDelete is SetNull or SetDefault && (setColumns.Length == 0 || setColumns.Contains(distribution.Name)))
            throw Refusal.NotSupported(
                "cannot create foreign key constraint",
                $"ON DELETE SET NULL and SET DEFAULT would change the distribution column \"{distribution.Name}\".");
        if (key.FkUpdAction.FirstOrDefault() is SetNull or SetDefault or Cascade)
            throw Refusal.NotSupported(
                "cannot create foreign key constraint",
                $"ON UPDATE SET NULL, SET DEFAULT and CASCADE would change the distribution column \"{distribution.Name}\".");
    }

    private static string[] PrimaryKey(DdlContext context, DistributedTable table) =>
    [
        .. context.Ask(
            "SELECT a.attname FROM pg_catalog.pg_constraint c, pg_catalog.unnest(c.conkey) WITH ORDINALITY AS k(attnum, position), " +
            $"pg_catalog.pg_attribute a WHERE c.conrelid = {table.Relation} AND c.contype = 'p' AND a.attrelid = c.conrelid " +
            "AND a.attnum = k.attnum ORDER BY k.position").Select(r => r[0]!),
    ];
}
