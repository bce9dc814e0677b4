using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Server.Loopback;

/// <summary>
/// Statements of postgres_fdw that name rows by ctid, or lock them. A ctid is one of many shards', so the loopback's carries the
/// shard too (<see cref="ShardRowId"/>). Also the plain way for what needs no planning: every shard in turn.
/// </summary>
internal sealed class LoopbackRowIds(LoopbackContext context, LoopbackPartitions partitions)
{
    private const uint TextType = 25;

    private readonly ShardRunner _runner = new(context);
    private readonly LoopbackSort _sort = new(context);
    private readonly LoopbackCopies _copies = new(context);
    private readonly ShardResolver _resolver = new(context);

    /// <summary>True for a statement that must not go through the planner.</summary>
    public static bool Concerns(ParsedStatement statement)
    {
        var found = false;
        TreeWalker.Visit(statement.Tree, message =>
        {
            found |= message is LockingClause || (message is ColumnRef column && IsRowId(column));
            return !found;
        });
        return found;
    }

    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(
        DistributedTable table, ParsedStatement statement, ParameterSet parameters, RowSink sink, CancellationToken cancellation)
    {
        var kind = statement.Tree.NodeCase;
        var types = new uint[parameters.Count];
        if (kind == Node.NodeOneofCase.SelectStmt)
        {
            if (statement.Tree.SelectStmt.SortClause.Count > 0)
                return $"SELECT {await RunSortedAsync(table, statement, parameters, types, sink, cancellation).ConfigureAwait(false)}";
            IEnumerable<ShardTask> shards = [.. await ShardsOfLockAsync(table, statement, parameters, cancellation).ConfigureAwait(false) ?? TasksFor(table)];
            if (statement.Tree.SelectStmt.LockingClause.Count > 0)
                shards = await LockCopiesAsync(table, shards, cancellation).ConfigureAwait(false);
            var leftOut = await partitions.LeftOutOfScanAsync(table, cancellation).ConfigureAwait(false);
            var tasks = shards.Select(t => (t, TextFor(table, statement, t.ShardIndex, encode: true, leftOut: leftOut(t.ShardIndex)))).ToList();
            var count = await _runner.RunTextsAsync(tasks, parameters, types, write: statement.Tree.SelectStmt.LockingClause.Count > 0, sink, cancellation).ConfigureAwait(false);
            return $"SELECT {count}";
        }

        var verb = kind == Node.NodeOneofCase.UpdateStmt ? "UPDATE" : "DELETE";
        if (RowIdLiteral.TakeOut(statement, parameters) is var (parameterized, extended))
            return await RunAsync(table, parameterized, extended, sink, cancellation).ConfigureAwait(false);
        if (RowIdParameter(statement) is not (> 0 and var number))
        {
            table = await ReplicaLocks.TakeAsync(context, table, Enumerable.Range(0, table.Shards.Length), together: false, cancellation).ConfigureAwait(false);
            var tasks = WriteTasksFor(table).Select(t => (t, TextFor(table, statement, t.ShardIndex, encode: true))).ToList();
            var all = await _runner.RunTextsAsync(tasks, parameters, types, write: true, sink, cancellation).ConfigureAwait(false);
            return $"{verb} {all}";
        }

        // A client can name any place.
        if (parameters.Value(number) is not { } place)
            return $"{verb} 0";
        var (shard, own) = ShardRowId.Decode(Encoding.UTF8.GetString(place.Span), table.Shards.Length);
        if (shard >= table.Shards.Length)
            return $"{verb} 0";
        if (await partitions.ConcernsAsync(table, statement, cancellation).ConfigureAwait(false) is { } parent)
        {
            var placed = ParameterSet.FromText([.. Enumerable.Range(1, parameters.Count).Select(n => n == number ? Encoding.UTF8.GetBytes(own) : parameters.Value(n))]);
            return $"UPDATE {await partitions.RunAsync(table, parent, statement, placed, [new ShardTask(table.Shards[shard].Placements[0], shard)], byRow: true, sink, cancellation).ConfigureAwait(false)}";
        }

        table = await ReplicaLocks.TakeAsync(context, table, [shard], together: false, cancellation).ConfigureAwait(false);
        string[] places = table.Shards[shard].Placements.Length > 1
            ? await _copies.FindAsync(table, shard, own, cancellation).ConfigureAwait(false)
            : [own];
        var affected = 0L;
        for (var copy = 0; copy < places.Length; copy++)
        {
            var values = Enumerable.Range(1, parameters.Count).Select(n => n == number ? Encoding.UTF8.GetBytes(places[copy]) : parameters.Value(n)).ToList();
            var count = await _runner.RunTextsAsync(
                [(new ShardTask(table.Shards[shard].Placements[copy], shard), TextFor(table, statement, shard, encode: false))],
                ParameterSet.FromText(values), types, write: true, copy == 0 ? sink : NullSink.Instance, cancellation).ConfigureAwait(false);
            if (copy == 0)
                affected = count;
            else if (count != affected)
                throw new PgException(SqlState.InternalError, $"the copies of table \"{table.Name}\" differ");
        }

        return $"{verb} {affected}";
    }

    // Rows that are locked by their key are on one shard. Null when it takes all of them.
    private async ValueTask<IEnumerable<ShardTask>?> ShardsOfLockAsync(
        DistributedTable table, ParsedStatement statement, ParameterSet parameters, CancellationToken cancellation)
    {
        if (table.IsReference || statement.Tree.SelectStmt is not { LockingClause.Count: > 0, WhereClause: not null })
            return null;
        var copy = statement.Tree.Clone();
        copy.SelectStmt.LockingClause.Clear();
        if (!Deparser.TryDeparseFaithfully(copy, out var sql))
            return null;
        var types = ImmutableArray.Create(new Oid[parameters.Count]);
        var reference = RelationReferences.Collect(statement.Tree)[0];
        var relations = new Dictionary<RelationName, ResolvedRelation>
        {
            [new RelationName(reference.Schema, reference.Name)] = new ResolvedRelation(table.Relation, 'r', table.Schema, table.Name),
        };
        var plan = DistributedPlanner.Plan(new PlanRequest(SqlParser.ParseOne(sql), context.Map, relations, types, [], context.Parent.Database.Functions));
        return plan is ShardPlan { Shards: KeyShards keys }
            ? await _resolver.ResolveAsync(keys, new StatementRequest(parameters, types, [], new RowListSink()), StatementKind.Select, write: true, cancellation).ConfigureAwait(false)
            : null;
    }

    private async ValueTask<long> RunSortedAsync(
        DistributedTable table, ParsedStatement statement, ParameterSet parameters, uint[] types, RowSink sink, CancellationToken cancellation)
    {
        var select = statement.Tree.SelectStmt;
        var keys = LoopbackSort.Keys(select);
        await using var rows = new RowSpool();
        var leftOut = await partitions.LeftOutOfScanAsync(table, cancellation).ConfigureAwait(false);
        IEnumerable<ShardTask> read = [.. TasksFor(table)];
        if (select.LockingClause.Count > 0)
            read = await LockCopiesAsync(table, read, cancellation).ConfigureAwait(false);
        var tasks = read.Select(t => (t, TextFor(table, statement, t.ShardIndex, encode: true, keys, leftOut(t.ShardIndex)))).ToList();
        await _runner.RunTextsAsync(tasks, parameters, types, write: select.LockingClause.Count > 0, rows, cancellation).ConfigureAwait(false);

        var facts = new RowListSink();
        var query = Encoding.UTF8.GetBytes(LoopbackSort.FactsQuery(keys, NameOf(table, tasks[0].t.ShardIndex)));

        // The keys may hold some of the parameters; as text any of them can be left out, and cast to the type that postgres_fdw writes.
        var texts = Enumerable.Repeat(TextType, parameters.Count).ToArray();
        await _runner.RunTextsAsync([(tasks[0].t, query)], parameters.WithTextResults(), texts, write: false, facts, cancellation).ConfigureAwait(false);
        return await _sort.RunAsync(select, facts.ReadText()[0], rows, sink, cancellation).ConfigureAwait(false);
    }

    internal static string NameOf(DistributedTable table, int shard) =>
        ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[shard].Id));

    private static bool IsRowId(ColumnRef column) => column.Fields.Count > 0 && column.Fields[^1].String?.Sval == "ctid";

    /// <summary>The number of the parameter that ctid is compared with, or 0.</summary>
    internal static int RowIdParameter(ParsedStatement statement)
    {
        var number = 0;
        TreeWalker.Visit(statement.Tree, message =>
        {
            if (message is A_Expr { Lexpr.ColumnRef: { } column } comparison && IsRowId(column))
                number = comparison.Rexpr?.ParamRef?.Number ?? comparison.Rexpr?.TypeCast?.Arg?.ParamRef?.Number ?? number;
            return true;
        });
        return number;
    }

    private static IEnumerable<ShardTask> TasksFor(DistributedTable table) =>
        table.IsReference ? [new ShardTask(table.Shards[0].Placements[0], 0)] : table.Shards.Select((s, i) => new ShardTask(s.Placements[0], i));

    private static IEnumerable<ShardTask> WriteTasksFor(DistributedTable table) =>
        table.IsReplicated ? Enumerable.Range(0, table.Shards.Length).SelectMany(s => ShardResolver.EveryPlacement(table, s)) : TasksFor(table);

    // The placement that is written first is asked, as all who lock rows do. Reading as another role has connections of its own, on which a lock would meet ours.
    private async ValueTask<IEnumerable<ShardTask>> LockCopiesAsync(DistributedTable table, IEnumerable<ShardTask> tasks, CancellationToken cancellation)
    {
        if (!table.HasCopiesOfShards)
            return tasks;
        var shards = tasks.Select(t => t.ShardIndex).Distinct().ToList();
        if (ReferenceEquals(context.Transaction, context.Parent.Transaction))
            table = await ReplicaLocks.TakeAsync(context, table, shards, together: false, cancellation).ConfigureAwait(false);
        return shards.Select(s => ShardResolver.EveryPlacement(table, s)[0]);
    }

    /// <summary>The statement for one shard.</summary>
    /// <param name="encode">Whether ctid is given out with the shard's number in it.</param>
    /// <param name="keys">Further columns to append to the target list.</param>
    /// <param name="leftOut">A further condition for rows that are locked to be changed.</param>
    private static byte[] TextFor(
        DistributedTable table, ParsedStatement statement, int shard, bool encode, IReadOnlyList<string>? keys = null, string leftOut = "")
    {
        var edits = new TextEdits();
        if (leftOut.Length > 0 && statement.Tree.SelectStmt is { LockingClause.Count: > 0 } locking)
        {
            var next = locking.SortClause.Count > 0 ? " ORDER BY "u8 : " FOR "u8;
            edits.Insert(statement.Text.AsSpan().LastIndexOf(next), (locking.WhereClause is null ? " WHERE true" : "") + leftOut);
        }

        if (keys is not null)
        {
            // postgres_fdw writes SELECT list FROM table: the list ends where FROM begins.
            var from = statement.Text.AsSpan(0, Sql.Relations.RelationReferences.Collect(statement.Tree)[0].Location).LastIndexOf(" FROM "u8);

            // With names that no ORDER BY means.
            edits.Insert(from, string.Concat(keys.Select((k, i) => $", {k} AS tangelo_sort_{i + 1}")));
            RemoveOrder(statement, edits);
        }

        if (encode)
        {
            TreeWalker.Visit(statement.Tree, message =>
            {
                if (message is ColumnRef column && IsRowId(column))
                    edits.Replace(column.Location, IdentifierSpan.At(statement.Text, column.Location), EncodeSql(shard, table));
                return true;
            });
        }

        foreach (var reference in Sql.Relations.RelationReferences.Collect(statement.Tree))
        {
            edits.Replace(
                reference.Location,
                IdentifierSpan.At(statement.Text, reference.Location),
                NameOf(table, shard));
        }

        return edits.Apply(statement.Text).Text;
    }

    // The rows are sorted later; a name in ORDER BY could mean two of the columns by now. A text that says ORDER BY twice says it in a literal.
    private static void RemoveOrder(ParsedStatement statement, TextEdits edits)
    {
        var text = statement.Text.AsSpan();
        var start = text.LastIndexOf(" ORDER BY "u8);
        var isEdited = statement.Tree.SelectStmt.SortClause.Any(s => TreeWalker.Any(s, m => m is ColumnRef column && IsRowId(column)));
        if (isEdited || statement.Tree.SelectStmt.LimitCount is not null || start < 0 || start != text.IndexOf(" ORDER BY "u8))
            return;
        var end = statement.Tree.SelectStmt.LockingClause.Count > 0 ? text.LastIndexOf(" FOR "u8) : text.Length;
        if (end > start)
            edits.Replace(start, end - start, "");
    }

    private static string EncodeSql(int shard, DistributedTable table)
    {
        var (low, high, blockBits) = ShardRowId.Split(shard, table.Shards.Length);
        const string Block = "pg_catalog.split_part(ctid::pg_catalog.text, ',', 1)";
        const string Offset = "pg_catalog.rtrim(pg_catalog.split_part(ctid::pg_catalog.text, ',', 2), ')')";
        var block = high == 0 ? Block : $"'(', pg_catalog.ltrim({Block}, '(')::pg_catalog.int8 OPERATOR(pg_catalog.+) {(long)high << blockBits}";
        return (low, high) == (0, 0)
            ? "ctid"
            : $"(pg_catalog.concat({block}, ',', {Offset}::pg_catalog.int4 OPERATOR(pg_catalog.+) {low << ShardRowId.OffsetBits}, ')')::pg_catalog.tid)";
    }
}
