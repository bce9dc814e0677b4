using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Ddl;
using Tangelo.Planning.Plans;
using Tangelo.Planning.ReadFirst;
using Tangelo.Planning.Texts;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning;

/// <summary>One statement on its way down the ladder: the request and what every rung asks of it.</summary>
internal sealed class PlanContext
{
    internal PlanContext(PlanRequest request)
    {
        Request = request;
        Analyzer = new QueryAnalyzer(request);
        Texts = new ShardTexts(request);
        Facts = StatementFacts.Of(request, request.Statement.Tree, Analyzer.Functions);
    }

    internal PlanRequest Request { get; }

    internal QueryAnalyzer Analyzer { get; }

    internal ShardTexts Texts { get; }

    internal StatementFacts Facts { get; }

    internal Node Tree => Request.Statement.Tree;

    /// <summary>The distributed or reference table that a name means, or null.</summary>
    internal DistributedTable? TableOf(RangeVar name) =>
        Request.Relations.TryGetValue(new RelationName(name.Schemaname, name.Relname), out var resolved) ? Request.Map.Find(resolved.Oid) : null;

    /// <summary>The rows of a query on the coordinator's catalog.</summary>
    /// <exception cref="ProbeNeededException">It has to be run first.</exception>
    internal IReadOnlyList<string?[]> Ask(string sql) => Request.Ask(sql);

    /// <summary>The whole statement, unchanged, on the coordinator.</summary>
    internal CoordinatorPlan OnCoordinator(CoordinatorReason reason, string? why = null) => new(Request.Statement.Text, reason, why);

    /// <summary>The whole statement on the shards of <paramref name="shards"/>, or a rejection when its text cannot be made.</summary>
    internal PlanResult OnShards(ShardSelection shards, StatementKind kind)
    {
        if (NestedWrites.WhyNotOnShards(this) is { } why)
            return Rejection.Unsupported(why);
        return Texts.TryOfStatement(out var query)
            ? new ShardPlan(query, shards, kind)
            {
                Writes = kind != StatementKind.Select || NestedWrites.Any(Tree),
                OnlyInserts = Tree.InsertStmt is { OnConflictClause: null },
                OnFirstPlacement = shards.Anchor.HasCopiesOfShards && (Facts.Locks || RowPlaces.Any(Tree)),
                WaitsForRows = Facts.Locks && Facts.LockWait is null,
                MakesText = TextMakers.Any(Tree),
            }
            : Rejection.Unsupported("the statement's text cannot be rewritten for shards");
    }

    /// <summary>Plans another statement that is part of this one, as if it had come by itself. Null when its text cannot be made.</summary>
    internal Plan? PlanPart(Node statement) => PlanPart(Request, statement);

    /// <summary>The same for a part with other parameters than the statement.</summary>
    internal static Plan? PlanPart(PlanRequest request, Node statement)
    {
        if (!Deparser.TryDeparseFaithfully(statement, out var sql))
            return null;
        var parsed = SqlParser.ParseOne(sql);
        return DistributedPlanner.PlanPart(request with { Statement = parsed, ResultColumns = [] });
    }
}
