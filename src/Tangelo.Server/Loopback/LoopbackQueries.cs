using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Node = PgQuery.Node;

namespace Tangelo.Server.Loopback;

/// <summary>Runs the queries that postgres_fdw sends for one foreign table at a time.</summary>
internal sealed class LoopbackQueries
{
    /// <summary>The schema of remote names: <c>t</c> and the OID of a shell, or <c>request</c>.</summary>
    public const string Schema = "tangelo_loopback";

    private readonly LoopbackContext _context;
    private readonly PlanExecutor _executor;
    private readonly LoopbackInsert _insert;
    private readonly LoopbackPartitions _partitions;
    private readonly LoopbackRowIds _rowIds;
    private readonly LoopbackMoves _moves;
    private readonly ShardResolver _resolver;
    private readonly RequestTable _requests;
    private readonly NamedTables _named;

    public LoopbackQueries(LoopbackContext context)
    {
        _context = context;
        _executor = new PlanExecutor(context);
        _insert = new LoopbackInsert(context);
        _partitions = new LoopbackPartitions(context);
        _rowIds = new LoopbackRowIds(context, _partitions);
        _moves = new LoopbackMoves(context, _partitions);
        _resolver = new ShardResolver(context);
        _requests = new RequestTable(context);
        _named = new NamedTables(context);
    }

    /// <summary>A statement that changes rows one by one has ended.</summary>
    public void EndRows() => _partitions.EndRows();

    /// <summary>What has been changed is undone, or the transaction has ended.</summary>
    public void Forget() => _partitions.Forget();

    /// <summary>True for a change of the one row that ctid names, of which nothing is asked.</summary>
    public bool NamesOneRow(ParsedStatement statement) =>
        statement.Tree is { UpdateStmt.ReturningList.Count: 0 } or { DeleteStmt.ReturningList.Count: 0 }
        && RelationReferences.Collect(statement.Tree) is [var reference] && TryFind(reference) is not null
        && LoopbackRowIds.RowIdParameter(statement) > 0;

    /// <summary>The distributed tables that a statement names.</summary>
    public IEnumerable<DistributedTable> TablesOf(ParsedStatement statement) => RelationReferences.Collect(statement.Tree).Select(TryFind).OfType<DistributedTable>();

    /// <summary>The table whose rows an UPDATE or DELETE changes; null for any other statement.</summary>
    public DistributedTable? ChangedBy(ParsedStatement statement) =>
        statement.Tree is { UpdateStmt: not null } or { DeleteStmt: not null } ? TablesOf(statement).FirstOrDefault() : null;

    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(ParsedStatement statement, ParameterSet parameters, RowSink sink, CancellationToken cancellation)
    {
        var references = RelationReferences.Collect(statement.Tree);
        if (references is [{ Schema: Schema, Name: RequestTable.Name }])
            return await _requests.RunAsync(statement, parameters, sink, cancellation).ConfigureAwait(false);
        if (references.IsEmpty)
            return await AnswerSizeAsync(sink, cancellation).ConfigureAwait(false);

        // The coordinator knows the table, so it is distributed: another router may have done that a moment ago.
        if (references.Any(r => TryFind(r) is null))
            await _context.Parent.Database.RefreshAsync(cancellation).ConfigureAwait(false);

        var relations = new Dictionary<RelationName, ResolvedRelation>();
        foreach (var reference in references)
        {
            var table = Find(reference);
            relations[new RelationName(reference.Schema, reference.Name)] = new ResolvedRelation(table.Relation, 'r', table.Schema, table.Name);
        }

        if (statement.Tree.NodeCase == Node.NodeOneofCase.TruncateStmt)
            return await TruncateAsync([.. references.Select(Find)], cancellation).ConfigureAwait(false);
        _context.Acting = await _context.Role.ForAsync(statement, references.Select(Find), cancellation).ConfigureAwait(false);
        try
        {
            var around = references.Any(r => Find(r).IsPartition) ? await AroundAsync(statement, references, cancellation).ConfigureAwait(false) : [];
            var table = Find(references[0]);
            if (statement.Tree.InsertStmt is { } insert)
                return await _insert.RunAsync(around.Count > 0 ? around.Values.Single().Table : table, insert, parameters, sink, cancellation).ConfigureAwait(false);
            if (LoopbackMoves.Concerns(statement, table) && !await _moves.StaysAsync(table, statement, parameters, cancellation).ConfigureAwait(false))
                return await _moves.RunAsync(table, around.Values.FirstOrDefault()?.Table, statement, parameters, sink, cancellation).ConfigureAwait(false);
            if (around.Count > 0 && AroundPartition.Rewrite(statement, around) is { } rewritten)
            {
                statement = rewritten;
                references = RelationReferences.Collect(statement.Tree);
                foreach (var (other, _, _) in around.Values)
                    relations[new RelationName(Schema, $"t{other.Relation.Value}")] = new ResolvedRelation(other.Relation, 'r', other.Schema, other.Name);
            }

            return await RunPlannedAsync(statement, references, relations, parameters, sink, cancellation).ConfigureAwait(false);
        }
        finally
        {
            _context.Acting = null;
        }
    }

    private async ValueTask<string> RunPlannedAsync(
        ParsedStatement statement, ImmutableArray<RelationReference> references, Dictionary<RelationName, ResolvedRelation> relations,
        ParameterSet parameters, RowSink sink, CancellationToken cancellation)
    {
        var table = Find(references[0]);
        var isScan = LoopbackPushDown.IsScan(statement, references);
        if (isScan && table.Shards.IsEmpty)
            return statement.Tree switch { { UpdateStmt: not null } => "UPDATE 0", { DeleteStmt: not null } => "DELETE 0", _ => "SELECT 0" };
        if (isScan && (LoopbackRowIds.Concerns(statement) || statement.Tree.SelectStmt?.SortClause.Count > 0))
            return await _rowIds.RunAsync(table, statement, parameters, sink, cancellation).ConfigureAwait(false);

        var types = ImmutableArray.Create(new Oid[parameters.Count]);
        var request = new PlanRequest(statement, _context.Map, relations, types, [], _context.Parent.Database.Functions) { HasFiredTriggers = true };
        var plan = DistributedPlanner.Plan(request);
        var run = new StatementRequest(parameters, types, [], sink);
        if (!isScan)
            return await new LoopbackPushDown(_context, _executor).RunAsync(plan, run, cancellation).ConfigureAwait(false);
        if (await _partitions.ConcernsAsync(table, statement, cancellation).ConfigureAwait(false) is { } parent)
        {
            var all = plan is ShardPlan { Shards: var shards } ? shards : new AllShards(table);
            var tasks = await _resolver.ResolveAsync(all, run, StatementKind.Update, write: true, cancellation).ConfigureAwait(false);
            return $"UPDATE {await _partitions.RunAsync(table, parent, statement, parameters, tasks, byRow: false, sink, cancellation).ConfigureAwait(false)}";
        }

        if (plan is not (ShardPlan or MultiRowInsertPlan))
            return await _rowIds.RunAsync(table, statement, parameters, sink, cancellation).ConfigureAwait(false);
        return await _executor.RunAsync(plan, run, cancellation).ConfigureAwait(false);
    }

    // The tables that take the places of partitions, by the names of these. An UPDATE that may move rows is the table's in any case.
    private async ValueTask<Dictionary<string, TableAround>> AroundAsync(
        ParsedStatement statement, ImmutableArray<RelationReference> references, CancellationToken cancellation)
    {
        var around = new Dictionary<string, TableAround>();
        foreach (var reference in references)
        {
            var table = Find(reference);
            if (!table.IsPartition || around.ContainsKey(reference.Name)
                || await _partitions.ConcernsAsync(table, statement, cancellation).ConfigureAwait(false) is not null
                || await _named.FindAsync(table, statement.Tree, cancellation).ConfigureAwait(false) is not { } found)
                continue;

            // Whom the shards see has been chosen for the partition: the policies of the table around it may let that role see other rows.
            if (_context.Acting is not null && found.HasPolicies)
            {
                _context.Acting = await _context.Role.ForAsync(statement, [found.Table], cancellation).ConfigureAwait(false);
                found = await _named.FindAsync(table, statement.Tree, cancellation).ConfigureAwait(false) ?? found;
            }

            if (statement.Tree.InsertStmt is not null || AroundPartition.CanLimit(found))
                around[reference.Name] = found;
        }

        return around;
    }

    private static async ValueTask<string> AnswerSizeAsync(RowSink sink, CancellationToken cancellation)
    {
        // ANALYZE asks for the size of the remote table in pages before it samples; the number only scales its estimate.
        using var row = new Protocol.Buffers.OutputBuffer();
        Protocol.Messages.BackendMessages.TextRow(row, "1000");
        await sink.WriteAsync(row.Written, cancellation).ConfigureAwait(false);
        return "SELECT 1";
    }

    private async ValueTask<string> TruncateAsync(DistributedTable[] tables, CancellationToken cancellation)
    {
        // The coordinator has checked that every table that refers to one of these is emptied too.
        var scripts = new Execution.Shards.ScriptRunner(_context);
        var locked = new List<DistributedTable>();
        var named = tables.Any(t => t.IsPartition) ? await _named.EmptiedAsync(tables, cancellation).ConfigureAwait(false) : tables;
        foreach (var table in named.OrderBy(t => t.Relation.Value))
            locked.Add(table.HasCopiesOfShards ? await Execution.Shards.TableLocks.TakeAsync(_context, table, cancellation).ConfigureAwait(false) : table);
        var statements = locked.SelectMany(t => Execution.Shards.ShardResolver.EveryShardPlacement(t)
            .GroupBy(p => p.Group)
            .Select(g => (g.Key, "TRUNCATE " + string.Join(", ", g.Select(p => Catalog.ShardNames.QuoteQualified(t.Schema, Catalog.ShardNames.Extend(t.Name, t.Shards[p.ShardIndex].Id)))) + " CASCADE")));
        await scripts.RunAsync(statements, cancellation).ConfigureAwait(false);
        return "TRUNCATE TABLE";
    }

    private DistributedTable Find(RelationReference reference) =>
        TryFind(reference) ?? throw new PgException(SqlState.UndefinedTable, $"\"{reference.Schema}.{reference.Name}\" is no distributed table of this cluster");

    private DistributedTable? TryFind(RelationReference reference) =>
        reference.Schema == Schema && reference.Name.StartsWith('t') && uint.TryParse(reference.Name.AsSpan(1), out var oid) && _context.Map.Find(new Oid(oid)) is { } table
            ? table
            : null;
}
