using System.Text;
using Google.Protobuf.Collections;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Server.Loopback;

/// <summary>
/// UPDATE of a partition's rows that may move them to another partition. PostgreSQL on the coordinator moves no row out of a foreign partition, but on its
/// node it does, when the partitioned table is updated there. The partitions that the same statement comes to later then hold rows that it has changed
/// already: those are left out.
/// </summary>
internal sealed class LoopbackPartitions(LoopbackContext context)
{
    private readonly ShardRunner _runner = new(context);
    private readonly Dictionary<Oid, (long Version, IReadOnlyList<PartitionParent> Above)> _above = [];

    // Rows that have come to other partitions, by shard: of a statement that changes rows one by one, and of one that sends an UPDATE for each partition.
    private readonly Dictionary<(Oid Parent, int Shard), List<string>> _movedByRow = [];
    private readonly Dictionary<(Oid Parent, int Shard), List<string>> _movedAtOnce = [];
    private readonly HashSet<Oid> _tablesOfStatement = [];
    private string _statement = "";

    /// <summary>
    /// The partitioned table, if the UPDATE may move rows of the partition to another one; else null. One that names the partition itself may not, and one that names
    /// a partition above it only below that.
    /// </summary>
    public async ValueTask<PartitionParent?> ConcernsAsync(DistributedTable table, ParsedStatement statement, CancellationToken cancellation)
    {
        if (!table.IsPartition || statement.Tree.UpdateStmt is not { } update || context.Parent.NamedByWrite == table.Relation)
            return null;
        var parent = Updated(await AboveAsync(table, cancellation).ConfigureAwait(false));
        return update.TargetList.Any(t => parent.Keys is not { } keys || keys.Contains(t.ResTarget.Name)) ? parent : null;
    }

    /// <summary>An UPDATE of a partition, for a condition or for one row by its ctid.</summary>
    /// <param name="table">The partition.</param>
    /// <param name="parent">The table that it belongs to.</param>
    /// <param name="statement">As postgres_fdw sends it.</param>
    /// <param name="parameters">Its parameters; a ctid is the shard's own already.</param>
    /// <param name="tasks">Where it runs.</param>
    /// <param name="byRow">True when it names one row.</param>
    /// <param name="sink">Takes what RETURNING gives.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The number of changed rows.</returns>
    public async ValueTask<long> RunAsync(
        DistributedTable table, PartitionParent parent, ParsedStatement statement, ParameterSet parameters, IReadOnlyList<ShardTask> tasks, bool byRow,
        RowSink sink, CancellationToken cancellation)
    {
        var update = statement.Tree.UpdateStmt;
        if (update.FromClause.Count > 0)
            throw new PgException(SqlState.FeatureNotSupported, $"this UPDATE cannot move rows of partition \"{table.Name}\" to another partition");
        if (!byRow)
            BeginAtOnce(table, statement, parameters);
        if (tasks.Count > 1)
            await TableLocks.TakeTurnAsync(context, table, cancellation).ConfigureAwait(false);
        var moved = byRow ? _movedByRow : _movedAtOnce;
        var count = 0L;
        foreach (var task in tasks)
        {
            var sql = Statement(table, parent, update, task.ShardIndex, byRow ? "" : LeftOut(_movedAtOnce, parent.Table.Relation, task.ShardIndex));
            var rows = new MovedRowsSink(sink);
            count += await _runner.RunTextsAsync([(task, Encoding.UTF8.GetBytes(sql))], parameters, new uint[parameters.Count], write: true, rows, cancellation).ConfigureAwait(false);
            Note(moved, parent, task.ShardIndex, rows.Moved);
        }

        return count;
    }

    /// <summary>Rows of a shard that a statement has inserted in place of those that it moves: tableoid and ctid of each.</summary>
    public void Note(PartitionParent parent, int shard, bool byRow, IReadOnlyCollection<string> places) => Note(byRow ? _movedByRow : _movedAtOnce, parent, shard, places);

    /// <summary>Opens a statement that sends one UPDATE for each partition, or goes on with it.</summary>
    public void BeginAtOnce(DistributedTable table, ParsedStatement statement, ParameterSet parameters)
    {
        var key = KeyOf(statement, parameters);
        if (key != _statement || _tablesOfStatement.Contains(table.Relation))
        {
            _movedAtOnce.Clear();
            _tablesOfStatement.Clear();
        }

        _statement = key;
        _tablesOfStatement.Add(table.Relation);
    }

    /// <summary>The condition that leaves out, of a partition that is about to be changed as a whole, what the statement has changed before.</summary>
    public string LeftOutOfUpdate(PartitionParent parent, int shard) => LeftOut(_movedAtOnce, parent.Table.Relation, shard);

    /// <summary>The same for a scan of the rows that are about to be changed one by one, by shard; empty for any other table.</summary>
    public async ValueTask<Func<int, string>> LeftOutOfScanAsync(DistributedTable table, CancellationToken cancellation)
    {
        if (_movedByRow.Count == 0 || !(table.IsPartition || table.IsPartitioned))
            return _ => "";

        // It may be the table around the partition that is read (NamedTables).
        var updated = !table.IsPartition || table.Relation == context.Parent.NamedByWrite
            ? table.Relation
            : Updated(await AboveAsync(table, cancellation).ConfigureAwait(false)).Table.Relation;
        return shard => LeftOut(_movedByRow, updated, shard);
    }

    /// <summary>A statement that changes rows one by one has ended.</summary>
    public void EndRows() => _movedByRow.Clear();

    /// <summary>What has been changed is undone, or the transaction has ended.</summary>
    public void Forget()
    {
        _movedByRow.Clear();
        _movedAtOnce.Clear();
        _tablesOfStatement.Clear();
        _statement = "";
    }

    // Each partition comes once in a statement, with the same text but for its name and, where its columns stand in another order, for that of assignments, parameters and results.
    private static string KeyOf(ParsedStatement statement, ParameterSet parameters)
    {
        var update = statement.Tree.UpdateStmt.Clone();
        update.Relation.Relname = "t";
        Sort(update.TargetList);
        Sort(update.ReturningList);
        var numbers = new List<int>();
        TreeWalker.Visit(update, message =>
        {
            if (message is ParamRef parameter)
            {
                numbers.Add(parameter.Number);
                parameter.Number = numbers.Count;
            }

            return true;
        });
        var values = numbers.Select(n => parameters.Value(n) is { } value ? Convert.ToBase64String(value.Span) : "");
        return string.Join('\n', values.Prepend(Deparser.Deparse(new Node { UpdateStmt = update })));
    }

    private static void Sort(RepeatedField<Node> items)
    {
        var sorted = items.OrderBy(i => i.ResTarget.Name, StringComparer.Ordinal).ThenBy(i => i.ResTarget.Val.ColumnRef?.Fields[^1].String?.Sval, StringComparer.Ordinal).ToList();
        items.Clear();
        items.AddRange(sorted);
    }

    private static void Note(Dictionary<(Oid Parent, int Shard), List<string>> moved, PartitionParent parent, int shard, IReadOnlyCollection<string> places)
    {
        if (places.Count == 0)
            return;
        if (!moved.TryGetValue((parent.Table.Relation, shard), out var known))
            moved[(parent.Table.Relation, shard)] = known = [];
        known.AddRange(places);
    }

    private static string LeftOut(Dictionary<(Oid Parent, int Shard), List<string>> moved, Oid parent, int shard) =>
        moved.TryGetValue((parent, shard), out var places) ? $" AND (tableoid, ctid) NOT IN (VALUES {string.Join(", ", places)})" : "";

    private static string Statement(DistributedTable table, PartitionParent parent, UpdateStmt update, int shard, string leftOut)
    {
        var returning = update.ReturningList.Select(r => Deparser.DeparseExpression(r.ResTarget.Val)).Append(MovedRowsSink.PlaceSql(table, shard));
        return LoopbackUpdate.Text(LoopbackRowIds.NameOf(parent.Table, shard), update, LoopbackUpdate.IsIn(table, shard) + leftOut, string.Join(", ", returning));
    }

    private PartitionParent Updated(IReadOnlyList<PartitionParent> above) =>
        above.FirstOrDefault(a => a.Table.Relation == context.Parent.NamedByWrite) ?? above[^1];

    // The tables that the partition is below of, the nearest one first. A row that keeps all of their keys stays where it is.
    private async ValueTask<IReadOnlyList<PartitionParent>> AboveAsync(DistributedTable table, CancellationToken cancellation)
    {
        if (_above.TryGetValue(table.Relation, out var known) && known.Version == context.Map.Version)
            return known.Above;

        // The node tells also of what this transaction has made.
        var sql = $"""
            WITH RECURSIVE above AS (
                SELECT inhparent AS oid, 1 AS level FROM pg_catalog.pg_inherits WHERE inhrelid = {LoopbackUpdate.OidOf(table, 0)}
                UNION ALL
                SELECT i.inhparent, above.level + 1 FROM above JOIN pg_catalog.pg_inherits i ON i.inhrelid = above.oid)
            SELECT above.level, c.relname, 0 = ANY (p.partattrs::pg_catalog.int2[]), a.attname
            FROM above JOIN pg_catalog.pg_class c ON c.oid = above.oid JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = c.oid
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (p.partattrs::pg_catalog.int2[])
            ORDER BY above.level
            """;
        var rows = new RowListSink();
        await _runner.RunTextsAsync(
            [(new ShardTask(table.Shards[0].Placements[0], 0), Encoding.UTF8.GetBytes(sql))], ParameterSet.None, [], write: false, rows, cancellation).ConfigureAwait(false);
        var tables = new List<DistributedTable>();
        var keys = new HashSet<string>();
        var hasExpression = false;
        foreach (var level in rows.ReadText().GroupBy(f => f[0]))
        {
            var facts = level.ToList();
            if (context.Map.FindShard(new ShardId(long.Parse(facts[0][1]!.AsSpan(facts[0][1]!.LastIndexOf('_') + 1)))) is not { Table: var parent })
                break;

            tables.Add(parent);
            keys.UnionWith(facts.Select(f => f[3]).OfType<string>());
            hasExpression |= facts[0][2] == "t";
        }

        if (tables.Count == 0)
            throw new PgException(SqlState.InternalError, $"\"{table.Name}\" is no partition on its node");

        // An expression may depend on any column.
        var found = tables.ConvertAll(t => new PartitionParent(t, hasExpression ? null : keys));
        _above[table.Relation] = (context.Map.Version, found);
        return found;
    }
}

/// <summary>The table that a partition belongs to, and the columns that tell its rows' partitions; null: any may.</summary>
internal sealed record PartitionParent(DistributedTable Table, IReadOnlyCollection<string>? Keys);
