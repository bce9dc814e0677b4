using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Loopback;

/// <summary>
/// An UPDATE of the distribution column, as postgres_fdw sends it for one row or for a condition. Rows that stay in their shard are updated
/// there. A row that moves is first updated in its old shard, so that foreign keys and CHECK constraints have their say as in any
/// UPDATE, and then deleted there and inserted in the new one. A row that itself refers to rows of its shard is only deleted: what it
/// refers to from now on is with its new shard. The same goes for a row whose policies read other tables.
/// </summary>
internal sealed class LoopbackMoves(LoopbackContext context, LoopbackPartitions partitions)
{
    private const int ParametersOfInsert = 30_000;

    private readonly ShardRunner _runner = new(context);
    private readonly ShardResolver _resolver = new(context);
    private MovingKeys? _keys;
    private (Oid Table, long Version) _keysOf;

    /// <summary>True for an UPDATE that may give rows another shard.</summary>
    public static bool Concerns(ParsedStatement statement, DistributedTable table) =>
        table.Method == DistributionMethod.Hash && statement.Tree.UpdateStmt is { } update
        && update.TargetList.Any(t => t.ResTarget.Name == table.DistributionColumn?.Name);

    /// <summary>True for an UPDATE of one row, by its ctid, that keeps it in its shard.</summary>
    public async ValueTask<bool> StaysAsync(DistributedTable table, ParsedStatement statement, ParameterSet parameters, CancellationToken cancellation)
    {
        var assigned = statement.Tree.UpdateStmt.TargetList.First(t => t.ResTarget.Name == table.DistributionColumn!.Name).ResTarget.Val;
        if (LoopbackRowIds.RowIdParameter(statement) is not (> 0 and var number) || assigned?.ParamRef is not { Number: var given }
            || parameters.Value(given) is not { } value)
            return false;
        var (shard, _) = ShardRowId.Decode(Encoding.UTF8.GetString(parameters.Value(number)!.Value.Span), table.Shards.Length);
        return await _resolver.RouteStoredAsync(table, value, binary: false, default, cancellation).ConfigureAwait(false) == shard;
    }

    /// <param name="table">The table, or a partition.</param>
    /// <param name="around">The table around the partition that the shards are to be asked for.</param>
    /// <param name="statement">As postgres_fdw sends it.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="sink">Takes what RETURNING gives.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(
        DistributedTable table, DistributedTable? around, ParsedStatement statement, ParameterSet parameters, RowSink sink, CancellationToken cancellation)
    {
        if (RowIdLiteral.TakeOut(statement, parameters) is var (parameterized, extended))
            (statement, parameters) = (parameterized, extended);
        var update = statement.Tree.UpdateStmt;
        if (update.FromClause.Count > 0 || LoopbackRowIds.Concerns(statement) != (LoopbackRowIds.RowIdParameter(statement) > 0))
            throw new PgException(SqlState.FeatureNotSupported, $"this UPDATE of the distribution column of \"{table.Name}\" is not supported");
        if (table.HasCopiesOfShards)
            throw CannotMove(table, "Its shards have several placements.", "Insert the new rows and delete the old ones.");
        if (_keysOf != (table.Relation, context.Map.Version))
            (_keys, _keysOf) = (await ForeignKeysAsync(table, cancellation).ConfigureAwait(false), (table.Relation, context.Map.Version));
        var keys = _keys!;
        var types = new uint[parameters.Count];
        var shards = Enumerable.Range(0, table.Shards.Length);
        if (LoopbackRowIds.RowIdParameter(statement) is > 0 and var number)
        {
            if (parameters.Value(number) is not { } place)
                return "UPDATE 0";
            var (shard, own) = ShardRowId.Decode(Encoding.UTF8.GetString(place.Span), table.Shards.Length);
            if (shard >= table.Shards.Length)
                return "UPDATE 0";
            parameters = ParameterSet.FromText(
                [.. Enumerable.Range(1, parameters.Count).Select(n => n == number ? Encoding.UTF8.GetBytes(own) : parameters.Value(n))]);
            shards = [shard];
        }

        var byRow = LoopbackRowIds.RowIdParameter(statement) > 0;
        var parent = await partitions.ConcernsAsync(table, statement, cancellation).ConfigureAwait(false);
        var whole = parent?.Table ?? around ?? table;
        if (!context.Parent.HasLocked(whole))
            await TableLocks.TakeAsync(context, whole, cancellation).ConfigureAwait(false);
        if (parent is not null && !byRow)
            partitions.BeginAtOnce(table, statement, parameters);

        // All rows are found before the first is changed: one that has moved must not be met again in its new shard.
        var columns = table.Columns.Where(c => !c.IsGenerated).OrderBy(c => c.Number).ToArray();
        var work = new List<(int Shard, List<byte[]?[]> Rows)>();
        foreach (var shard in shards)
            work.Add((shard, await QueryAsync(table, shard, NewRows(table, whole, shard, update, columns, parent is null || byRow ? "" : partitions.LeftOutOfUpdate(parent, shard)), parameters, types, cancellation).ConfigureAwait(false)));
        long count = 0;
        foreach (var (shard, rows) in work.Where(w => w.Rows.Count > 0))
        {
            count += rows.Count;
            await ChangeAsync(new Changes(table, columns, update, parameters, types, keys, sink) { Parent = parent, Whole = whole, ByRow = byRow }, shard, rows, cancellation).ConfigureAwait(false);
        }

        return $"UPDATE {count}";
    }

    private async ValueTask ChangeAsync(Changes changes, int shard, List<byte[]?[]> rows, CancellationToken cancellation)
    {
        var (table, columns, update, parameters, types, keys, _) = changes;
        var key = Array.FindIndex(columns, c => c.Name == table.DistributionColumn!.Name);
        var staying = new List<byte[]>();
        var moving = new List<(int Target, byte[]?[] Row)>();
        foreach (var row in rows)
        {
            var value = row[key + 1] is { } bytes ? bytes : default(ReadOnlyMemory<byte>?);

            // The old shard says so of a NULL that must not be, and shows the row.
            var isRefused = value is null && table.DistributionColumn!.NotNull;
            var target = isRefused ? shard : await _resolver.RouteStoredAsync(table, value, binary: false, default, cancellation).ConfigureAwait(false);
            if (target == shard)
                staying.Add(row[0]!);
            else
                moving.Add((target, row));
        }

        if (staying.Count > 0)
            await ReturnAsync(changes, shard, returning => Statement(changes, shard, staying, returning), parameters, types, cancellation).ConfigureAwait(false);
        if (moving.Count == 0)
            return;
        if (keys.WhyNot is { } constraint)
            throw CannotMove(
                table,
                $"Foreign key \"{constraint}\" would delete or change the rows that refer to them.",
                "Drop the constraint, or insert the new rows and delete the old ones.");

        var gone = moving.ConvertAll(m => m.Row[0]!);
        var delete = $"DELETE FROM {LoopbackRowIds.NameOf(changes.Whole, shard)} WHERE {changes.Own(shard)}ctid = ANY ({RowIds(gone)})";
        var staysBehind = await PoliciesReadTablesAsync(changes.Whole, shard, cancellation).ConfigureAwait(false);
        if (!keys.RefersToShards && !staysBehind)
        {
            var again = await QueryAsync(table, shard, Statement(changes, shard, gone, "tableoid, ctid"), parameters, types, cancellation).ConfigureAwait(false);
            var deletes = again.GroupBy(r => Encoding.UTF8.GetString(r[0]!))
                .Select(g => $"tableoid = {g.Key} AND ctid = ANY ({RowIds(g.Select(r => r[1]!))})");
            delete = $"DELETE FROM {LoopbackRowIds.NameOf(changes.Whole, shard)} WHERE {string.Join(" OR ", deletes.DefaultIfEmpty("false"))}";
        }

        if (await RunAsync(table, shard, delete, ParameterSet.None, [], NullSink.Instance, cancellation).ConfigureAwait(false) != moving.Count && changes.Whole.RowSecurity != RowSecurity.None)
            throw CannotMove(table, "Row-level security does not let them be deleted.", "Insert the new rows, and let their owner delete the old ones.");
        foreach (var target in moving.GroupBy(m => m.Target))
            await InsertAsync(changes, target.Key, [.. target.Select(m => m.Row)], cancellation).ConfigureAwait(false);
    }

    private async ValueTask InsertAsync(Changes changes, int shard, List<byte[]?[]> rows, CancellationToken cancellation)
    {
        var names = Array.ConvertAll(changes.Columns, c => c.Name);
        foreach (var batch in rows.Chunk(Math.Max(1, ParametersOfInsert / names.Length)))
        {
            var texts = batch.SelectMany(r => r.Skip(1)).Select(v => v is null ? default(ReadOnlyMemory<byte>?) : v).ToList();
            await ReturnAsync(
                changes, shard, returning => LoopbackInsert.Statement(changes.Whole, shard, names, batch.Length, skipsConflicts: false, returning),
                ParameterSet.FromText(texts), new uint[texts.Count], cancellation).ConfigureAwait(false);
        }
    }

    // Runs what gives the rows of RETURNING. Those that have come to other partitions are not to be met again there.
    private async ValueTask ReturnAsync(
        Changes changes, int shard, Func<string, string> sql, ParameterSet parameters, uint[] types, CancellationToken cancellation)
    {
        var returning = changes.Update.ReturningList.Select(r => Deparser.DeparseExpression(r.ResTarget.Val));
        if (changes.Parent is not { } parent)
        {
            await RunAsync(changes.Table, shard, sql(string.Join(", ", returning)), parameters, types, changes.Sink, cancellation).ConfigureAwait(false);
            return;
        }

        var rows = new MovedRowsSink(changes.Sink);
        var places = returning.Append(MovedRowsSink.PlaceSql(changes.Table, shard));
        await RunAsync(changes.Table, shard, sql(string.Join(", ", places)), parameters, types, rows, cancellation).ConfigureAwait(false);
        partitions.Note(parent, shard, changes.ByRow, rows.Moved);
    }

    // The row's place, and all of its columns as they will be.
    private static string NewRows(DistributedTable table, DistributedTable whole, int shard, UpdateStmt update, TableColumn[] columns, string leftOut)
    {
        var assigned = update.TargetList.ToDictionary(t => t.ResTarget.Name, t => t.ResTarget.Val);
        var values = columns.Select(c => assigned.TryGetValue(c.Name, out var value)
            ? $"({Deparser.DeparseExpression(value)})::{c.TypeName}"
            : ShardNames.Quote(c.Name));
        var where = update.WhereClause is null ? "true" : $"({Deparser.DeparseExpression(update.WhereClause)})";
        var own = ReferenceEquals(table, whole) ? "" : $" AND {LoopbackUpdate.IsIn(table, shard)}";
        return $"SELECT ctid, {string.Join(", ", values)} FROM {LoopbackRowIds.NameOf(whole, shard)}{LoopbackUpdate.Alias(update)} WHERE {where}{own}{leftOut} FOR UPDATE";
    }

    private static string Statement(Changes changes, int shard, List<byte[]> rows, string returning) =>
        LoopbackUpdate.Text(LoopbackRowIds.NameOf(changes.Whole, shard), changes.Update, $"{changes.Own(shard)}ctid = ANY ({RowIds(rows)})", returning);

    private static string RowIds(IEnumerable<byte[]> rows) =>
        $"'{{{string.Join(',', rows.Select(r => $"\"{Encoding.UTF8.GetString(r)}\""))}}}'::pg_catalog.tid[]";

    /// <summary>What the foreign keys of a table's shards say to rows that move.</summary>
    private async ValueTask<MovingKeys> ForeignKeysAsync(DistributedTable table, CancellationToken cancellation)
    {
        var shard = LoopbackUpdate.OidOf(table, 0);
        var rows = await QueryAsync(
            table, 0,
            $"""
            SELECT conname, conrelid = {shard}, r.relname, confdeltype IN ('c', 'n', 'd')
            FROM pg_catalog.pg_constraint JOIN pg_catalog.pg_class r ON r.oid = confrelid
            WHERE contype = 'f' AND (conrelid = {shard} OR confrelid = {shard})
            """,
            ParameterSet.None, [], cancellation).ConfigureAwait(false);
        var facts = rows.ConvertAll(r => Array.ConvertAll(r, v => Encoding.UTF8.GetString(v!)));
        var refers = facts.Exists(f => f[1] == "t" && !IsReference(f[2]));
        return new MovingKeys(refers, refers ? facts.Find(f => f[1] == "f" && f[3] == "t")?[0] : null);
    }

    private bool IsReference(string relation) =>
        relation.LastIndexOf('_') is >= 0 and var at && long.TryParse(relation.AsSpan(at + 1), out var id)
        && context.Map.FindShard(new ShardId(id)) is { Table.IsReference: true };

    private async ValueTask<List<byte[]?[]>> QueryAsync(
        DistributedTable table, int shard, string sql, ParameterSet parameters, uint[] types, CancellationToken cancellation)
    {
        var rows = new RowListSink();
        await RunAsync(table, shard, sql, parameters.WithTextResults(), types, rows, cancellation).ConfigureAwait(false);
        return rows.ReadBytes();
    }

    private static PgException CannotMove(DistributedTable table, string detail, string hint) =>
        new(SqlState.FeatureNotSupported, $"rows of table \"{table.Name}\" cannot move to another shard", detail, hint);

    // What a policy reads for the new row is with the new shard: there it is checked, by the INSERT.
    private async ValueTask<bool> PoliciesReadTablesAsync(DistributedTable table, int shard, CancellationToken cancellation)
    {
        if (table.RowSecurity is not (RowSecurity.Tables or RowSecurity.TablesByCommand))
            return false;
        var active = await QueryAsync(
            table, shard, $"SELECT pg_catalog.row_security_active({ShardNames.Literal(LoopbackRowIds.NameOf(table, shard))})", ParameterSet.None, [], cancellation).ConfigureAwait(false);
        if (active[0][0] is not [(byte)'t'])
            return false;
        return table.RowSecurity == RowSecurity.Tables
            ? true
            : throw CannotMove(table, "Its policies for UPDATE read other tables.", "Make the policies FOR ALL, or insert the new rows and delete the old ones.");
    }

    private async ValueTask<long> RunAsync(
        DistributedTable table, int shard, string sql, ParameterSet parameters, uint[] types, RowSink sink, CancellationToken cancellation) =>
        await _runner.RunTextsAsync(
            [(new ShardTask(table.Shards[shard].Placements[0], shard), Encoding.UTF8.GetBytes(sql))], parameters, types, write: true, sink, cancellation).ConfigureAwait(false);

    /// <param name="RefersToShards">Rows refer to rows of their own shard.</param>
    /// <param name="WhyNot">The foreign key that does not let rows move.</param>
    private sealed record MovingKeys(bool RefersToShards, string? WhyNot);

    private sealed record Changes(
        DistributedTable Table, TableColumn[] Columns, UpdateStmt Update, ParameterSet Parameters, uint[] Types, MovingKeys Keys, RowSink Sink)
    {
        /// <summary>For a partition whose rows may go to others: the table that it belongs to.</summary>
        public PartitionParent? Parent { get; init; }

        /// <summary>True when the statement names one row.</summary>
        public bool ByRow { get; init; }

        /// <summary>The table that is changed on the nodes.</summary>
        public required DistributedTable Whole { get; init; }

        /// <summary>The beginning of a condition that leaves the rows of other partitions out.</summary>
        public string Own(int shard) => ReferenceEquals(Table, Whole) ? "" : LoopbackUpdate.IsIn(Table, shard) + " AND ";
    }
}
