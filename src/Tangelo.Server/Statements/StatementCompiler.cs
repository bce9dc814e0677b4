using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning;
using Tangelo.Planning.Plans;
using Tangelo.Server.Sessions;
using Tangelo.Server.Settings;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Server.Statements;

/// <summary>From a parsed statement to what the session does with it.</summary>
internal sealed class StatementCompiler(SessionContext context)
{
    private readonly LinkDescriber _describer = new(context);
    private readonly CatalogSplicer _catalogs = new(context);
    private readonly TableStatisticsReader _statistics = new(context);
    private readonly UnseenInFunctions _unseen = new(context);

    /// <exception cref="PgException">PostgreSQL's error, or the planner's refusal.</exception>
    public async ValueTask<CompiledStatement> CompileAsync(ParsedStatement statement, ImmutableArray<Oid> declaredTypes, CancellationToken cancellation)
    {
        context.Snapshot.IsHeldOff = StatementFacts.NeedsNoSnapshot(statement.Tree);
        if (statement.Tree.NodeCase == Node.NodeOneofCase.TransactionStmt)
            return new TransactionControl(statement.Tree.TransactionStmt, statement.Text) { NeedsNoSnapshot = true };
        if (ExtensionCitus.IsCreate(statement.Tree) && !context.Database.IsInstalled)
            return new AcceptedStatement("CREATE EXTENSION") { Effects = StatementEffects.Schema };
        if (ExtensionCitus.IsMeant(statement.Tree) && context.Database.IsInstalled)
            return new DistributedStatement(ExtensionCitus.Plan(statement.Tree), [], [], null, statement.Sql) { Effects = StatementEffects.Schema };

        if (DatabaseAlone.Of(statement.Tree) is { } database && database != context.Router.Coordinator.Database)
            await context.Router.LeaveDatabaseAsync(database, cancellation).ConfigureAwait(false);
        await context.Metadata.RefreshAsync(cancellation).ConfigureAwait(false);
        var facts = StatementFacts.Of(statement);
        if (AlterSystem.Plan(statement.Tree, context.Database.Settings, context.Database.Name, IsSuperuser) is { } system)
        {
            if (system.Notice is { } told)
                await context.SayAsync(told, cancellation).ConfigureAwait(false);
            return new DistributedStatement(system.Plan, [], [], null, statement.Sql);
        }

        if (context.Database.Settings.Check(statement.Tree, IsSuperuser)?.Notice is { } hollow)
            await context.SayAsync(hollow, cancellation).ConfigureAwait(false);
        foreach (var name in facts.CustomSettings)
            context.CustomSettings.Add(name);
        var references = RelationReferences.Collect(statement.Tree);
        await RequireNoneUnseenAsync(statement, facts, cancellation).ConfigureAwait(false);
        if (CallsOnce.Rewrite(statement, facts) is var once && !ReferenceEquals(once, statement))
            return OnLink(once, facts, RelationReferences.Collect(once.Tree));
        if (!MayConcernShards(facts, references))
            return OnLink(statement, facts, references);
        if (statement.Tree.NodeCase == Node.NodeOneofCase.PrepareStmt)
            return await PrepareAsync(statement, facts, references, cancellation).ConfigureAwait(false);

        // The parser reads literals as the standard says. Where backslashes mean something in them, PostgreSQL reads them itself.
        if (facts.IsOptimizable && statement.Text.Contains((byte)'\\') && context.Parameters.GetValueOrDefault("standard_conforming_strings") == "off")
            return OnLink(statement, facts, references);

        var notices = new List<PgError>();
        context.HeldNotices = notices;
        try
        {
            return await CompileForShardsAsync(statement, declaredTypes, facts, references, cancellation).ConfigureAwait(false);
        }
        catch (PgException)
        {
            notices.ForEach(context.ForwardNotice);
            throw;
        }
        finally
        {
            context.HeldNotices = null;
        }
    }

    /// <summary>Functions that the statement calls, and the body of DO, must not do what would be about the coordinator alone.</summary>
    /// <exception cref="PgException">0A000.</exception>
    public async ValueTask RequireNoneUnseenAsync(ParsedStatement statement, StatementFacts facts, CancellationToken cancellation)
    {
        if (statement.Tree.NodeCase is not (Node.NodeOneofCase.DoStmt or Node.NodeOneofCase.CallStmt) && !MayCallUsers(facts))
            return;
        await _unseen.RequireNoneAsync(statement, facts.Calls, cancellation).ConfigureAwait(false);
        if (statement.Tree.NodeCase == Node.NodeOneofCase.DoStmt && statement.Text.AsSpan().IndexOfAny((byte)'l', (byte)'L') >= 0 && FunctionLocks.MayBeIn(statement.Sql))
            context.FunctionLocks.Expect();
    }

    // PREPARE always succeeds or fails as the coordinator says, which then lists the statement.
    private async ValueTask<CompiledStatement> PrepareAsync(
        ParsedStatement statement, StatementFacts facts, ImmutableArray<RelationReference> references, CancellationToken cancellation)
    {
        PgException? refusal = null;
        try
        {
            await CompileForShardsAsync(statement, [], facts, references, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code == SqlState.FeatureNotSupported)
        {
            refusal = e;
        }

        return OnLink(statement, facts, references) with
        {
            Prepares = new SqlPrepare(statement.Tree.PrepareStmt.Name, PreparedQueryText.Of(statement).ToArray(), refusal),
        };
    }

    /// <summary>Whether compiling this statement may ask the link.</summary>
    public bool MayConcernShards(ParsedStatement statement) =>
        MayConcernShards(StatementFacts.Of(statement), RelationReferences.Collect(statement.Tree));

    private async ValueTask<CompiledStatement> CompileForShardsAsync(
        ParsedStatement statement, ImmutableArray<Oid> declaredTypes, StatementFacts facts, ImmutableArray<RelationReference> references, CancellationToken cancellation)
    {
        // A utility statement (DDL, COPY, EXPLAIN) cannot be described; its names can be resolved.
        var names = references.Select(r => new RelationName(r.Schema, r.Name)).ToHashSet();
        var describable = facts.IsOptimizable || facts.KeepsRowsOfWrites || statement.Tree.NodeCase is Node.NodeOneofCase.ExplainStmt or Node.NodeOneofCase.CallStmt;
        var (description, relations) = await _describer.DescribeAsync(
            describable ? statement.Text : null, declaredTypes, names, cancellation).ConfigureAwait(false);
        ImmutableArray<PgError> notices = [.. context.HeldNotices ?? []];
        var request = new PlanRequest(statement, context.Map, relations, description.ParameterTypes, description.Columns, context.Database.Functions)
        {
            AsksForStatistics = true,
            AllowsCalls = CallsMayRunOnNodes,
        };
        Plan plan;
        try
        {
            plan = await PlanAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code == SqlState.NotNullViolation)
        {
            // A row without a key can go nowhere: the coordinator's table refuses it when it is run, in PostgreSQL's words.
            return OnLink(statement, facts, references);
        }

        plan = await DescribeIntermediatesAsync(plan, description.ParameterTypes, cancellation).ConfigureAwait(false);
        if (plan is CoordinatorPlan coordinator)
            return OnLink(statement with { Text = coordinator.Sql.ToArray() }, facts, references) with { Moves = coordinator.Moves };
        return new DistributedStatement(plan, description.ParameterTypes, description.Columns, description.RowDescription, statement.Sql)
        {
            // A function that runs on a node changes nothing of the session.
            Effects = plan is CallPlan ? StatementEffects.None : facts.Effects,
            NeedsNoSnapshot = StatementFacts.NeedsNoSnapshot(statement.Tree),
            ParseNotices = notices,
        };
    }

    /// <summary>The statement for the link, system catalogs filtered.</summary>
    public LinkStatement OnLink(ParsedStatement statement, StatementFacts facts, ImmutableArray<RelationReference> references) =>
        new(context.Database.Settings.Check(statement.Tree, IsSuperuser)?.Text ?? _catalogs.Filter(statement, references))
        {
            Effects = MayCallUsers(facts) ? facts.Effects | StatementEffects.Settings : facts.Effects,
            IsRead = facts.IsRead,
            CallsOfUser = [.. facts.Calls.Where(IsOfUser)],
            NeedsNoSnapshot = StatementFacts.NeedsNoSnapshot(statement.Tree),
            Deallocates = statement.Tree.NodeCase == Node.NodeOneofCase.DeallocateStmt ? statement.Tree.DeallocateStmt.Name : null,
            Executes = ExecutionOf(statement.Tree)?.ExecuteStmt,
            AroundExecute = ExecutionOf(statement.Tree) is { } execution && !ReferenceEquals(execution, statement.Tree) ? statement.Tree : null,
            ReadsClientData = statement.Tree.NodeCase == Node.NodeOneofCase.CopyStmt && statement.Tree.CopyStmt is { IsFrom: true, IsProgram: false, Filename: "" },
            UsesCursor = CursorUse.Of(statement.Tree),
            SetsTransactionMode = statement.Tree.NodeCase == Node.NodeOneofCase.VariableSetStmt
                && statement.Tree.VariableSetStmt is { Kind: VariableSetKind.VarSetMulti, Name: "TRANSACTION" }
                    or { Kind: VariableSetKind.VarSetValue, Name: "transaction_isolation" or "transaction_read_only" or "transaction_deferrable" },
        };

    /// <summary>The EXECUTE that a statement is, or that EXPLAIN or CREATE TABLE AS stand around.</summary>
    internal static Node? ExecutionOf(Node tree) => tree switch
    {
        { ExecuteStmt: not null } => tree,
        { ExplainStmt.Query: { } query } => ExecutionOf(query),
        { CreateTableAsStmt.Query: { } query } => ExecutionOf(query),
        _ => null,
    };

    // What the transaction has changed itself is not known outside of it, where the copies of functions are made. Bodies are read as the standard says.
    private bool CallsMayRunOnNodes => !context.Metadata.SchemaIsChanged && !context.Metadata.IsChanged
        && context.Parameters.GetValueOrDefault("standard_conforming_strings") != "off";

    private bool IsSuperuser => context.Parameters.GetValueOrDefault("is_superuser") == "on";

    // A function of the user's may call set_config.
    private bool MayCallUsers(StatementFacts facts) => !context.Map.Tables.IsEmpty && facts.Calls.Any(IsOfUser);

    private bool IsOfUser(string function) => context.Database.Functions.Find(function) is null;

    /// <summary>Cheap and generous: what passes here is resolved by PostgreSQL and decided by the planner.</summary>
    public bool MayConcernShards(StatementFacts facts, ImmutableArray<RelationReference> references)
    {
        // Without a table, nodes still follow what concerns them all: extensions.
        if (context.Map.Tables.IsEmpty && !context.Map.Workers.Any())
            return false;
        if (references.Any(r => context.Map.MayBeDistributed(r.Name) || context.Metadata.Views.MayBeOne(r.Name)))
            return true;
        if (references.IsEmpty && CallsMayRunOnNodes && facts.Calls.Any(context.Map.Functions.Contains))
            return true;
        return facts.TakesAllTables || (facts.Effects.HasFlag(StatementEffects.Schema) && !facts.IsOptimizable);
    }

    private async Task<Plan> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        while (true)
        {
            var plan = DistributedPlanner.Plan(request);
            if (plan is StatisticsProbePlan)
            {
                var tables = request.Relations.Values.Select(r => request.Map.Find(r.Oid)).OfType<DistributedTable>().Where(t => !t.IsReference);
                var local = request.Relations.Values.Where(r => request.Map.Find(r.Oid) is null);
                request = request with
                {
                    Statistics = new Dictionary<Oid, TableStatistics>(
                    [
                        .. await _statistics.ReadAsync(tables, cancellation).ConfigureAwait(false),
                        .. await _statistics.ReadLocalAsync(local, cancellation).ConfigureAwait(false),
                    ]),
                };
                continue;
            }

            if (plan is not CatalogProbePlan probe)
                return plan;
            var rows = await context.QueryLinkAsync(probe.Sql, cancellation).ConfigureAwait(false);
            request = request with { Answers = new Dictionary<string, IReadOnlyList<string?[]>>(request.Answers) { [probe.Sql] = rows } };
        }
    }

    // A part may read the results of those before it: to PostgreSQL each of them is a query that gives no rows of the same types.
    private async Task<RecursivePlan> DescribeSubplansAsync(
        RecursivePlan plan, List<Subplan> known, ImmutableArray<Oid> parameterTypes, CancellationToken cancellation)
    {
        var results = known.ToList();
        var subplans = ImmutableArray.CreateBuilder<Subplan>();
        foreach (var subplan in plan.Subplans)
        {
            var described = subplan with { Source = await DescribePartAsync(subplan.Source, results, parameterTypes, cancellation).ConfigureAwait(false) };
            if (subplan.DescribeSql.Length > 0)
            {
                var (description, _) = await _describer.DescribeAsync(
                    Encoding.UTF8.GetBytes(WithEmptyResults(subplan.DescribeSql, results)), parameterTypes, [], cancellation).ConfigureAwait(false);
                var types = await _describer.TypeNamesAsync(description.Columns, cancellation).ConfigureAwait(false);
                described = described with
                {
                    Columns = [.. described.Columns.Select((c, i) => c with { TypeName = types[i], Type = description.Columns[i].Type })],
                };
            }

            subplans.Add(described);
            results.Add(described);
        }

        return new RecursivePlan(subplans.ToImmutable(), await DescribePartAsync(plan.Main, results, parameterTypes, cancellation).ConfigureAwait(false));
    }

    private async Task<Plan> DescribePartAsync(Plan part, List<Subplan> results, ImmutableArray<Oid> parameterTypes, CancellationToken cancellation) => part switch
    {
        RecursivePlan recursive => await DescribeSubplansAsync(recursive, results, parameterTypes, cancellation).ConfigureAwait(false),
        CombinePlan combine => await DescribeIntermediatesAsync(
            combine with { DescribeSql = WithEmptyResults(combine.DescribeSql, results) }, parameterTypes, cancellation).ConfigureAwait(false),
        _ => part,
    };

    private static string WithEmptyResults(string sql, List<Subplan> results)
    {
        foreach (var result in results.OrderByDescending(r => r.Id))
        {
            var columns = result.Columns.Select(c => $"NULL::{c.TypeName} AS {ShardNames.Quote(c.Name)}");
            sql = Regex.Replace(sql, $@"(\b(?:FROM|JOIN)\s+\(*|[,(]\s*){Subplan.NameOf(result.Id)}\b",
                m => m.Groups[1].Value + $"(SELECT {string.Join(", ", columns)} WHERE false)", RegexOptions.IgnoreCase);
        }

        return sql;
    }

    /// <summary>The planner leaves the types of intermediate results to PostgreSQL.</summary>
    private async Task<Plan> DescribeIntermediatesAsync(Plan plan, ImmutableArray<Oid> parameterTypes, CancellationToken cancellation)
    {
        switch (plan)
        {
            case ValuesFirstPlan values:
                return values with { Inner = await DescribeIntermediatesAsync(values.Inner, [.. parameterTypes, .. values.Types], cancellation).ConfigureAwait(false) };
            case LockedRowsPlan locked:
                return locked with
                {
                    Candidates = (CombinePlan)await DescribeIntermediatesAsync(
                        locked.Candidates, [.. parameterTypes, .. LockedRowsPlan.CandidateTypes], cancellation).ConfigureAwait(false),
                };
            case KeyedLocksPlan keyed:
                return keyed with { Rows = await DescribeIntermediatesAsync(keyed.Rows, [.. parameterTypes, .. keyed.RowTypes], cancellation).ConfigureAwait(false) };
            case LockedSubqueriesPlan first:
                var subqueries = new List<LockedSubquery>();
                foreach (var subquery in first.Subqueries)
                    subqueries.Add(subquery with { Rows = await DescribeIntermediatesAsync(subquery.Rows, parameterTypes, cancellation).ConfigureAwait(false) });
                return new LockedSubqueriesPlan(
                    [.. subqueries], await DescribeIntermediatesAsync(first.Inner, [.. parameterTypes, .. first.Types], cancellation).ConfigureAwait(false));
            case CombinePlan combine:
                var (inner, _) = await _describer.DescribeAsync(
                    Encoding.UTF8.GetBytes(combine.DescribeSql), parameterTypes, [], cancellation).ConfigureAwait(false);
                var types = await _describer.TypeNamesAsync(inner.Columns, cancellation).ConfigureAwait(false);
                return combine with { Columns = [.. combine.Columns.Select((c, i) => c with { TypeName = types[i] })] };
            case RecursivePlan recursive:
                return await DescribeSubplansAsync(recursive, [], parameterTypes, cancellation).ConfigureAwait(false);
            case InsertSelectPlan insert:
                var (source, _) = await _describer.DescribeAsync(
                    Encoding.UTF8.GetBytes(insert.DescribeSql), parameterTypes, [], cancellation).ConfigureAwait(false);
                var names = await _describer.TypeNamesAsync(source.Columns, cancellation).ConfigureAwait(false);
                return insert with
                {
                    Source = await DescribeIntermediatesAsync(insert.Source, parameterTypes, cancellation).ConfigureAwait(false),
                    SourceColumns = [.. source.Columns.Select((c, i) => new SourceColumn(c.Type, names[i]))],
                };
            case MergePlan merge:
                var (found, _) = await _describer.DescribeAsync(merge.Source.Sql.ToArray(), parameterTypes, [], cancellation).ConfigureAwait(false);
                var foundNames = await _describer.TypeNamesAsync(found.Columns, cancellation).ConfigureAwait(false);
                return merge with { SourceColumns = [.. found.Columns.Select((c, i) => new SourceColumn(c.Type, foundNames[i]))] };
            case ExplainPlan explain:
                explain = explain with { Inner = await DescribeIntermediatesAsync(explain.Inner, parameterTypes, cancellation).ConfigureAwait(false) };
                if (!explain.Options.Verbose)
                    return explain;
                var (explained, _) = await _describer.DescribeAsync(
                    Encoding.UTF8.GetBytes(explain.DescribeSql), parameterTypes, [], cancellation).ConfigureAwait(false);
                return explain with { OutputNames = [.. explained.Columns.Select(c => c.Name)] };
            default:
                return plan;
        }
    }
}
