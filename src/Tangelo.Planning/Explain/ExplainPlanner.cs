using PgQuery;
using Tangelo.Catalog;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Visiting;

namespace Tangelo.Planning.Explain;

/// <summary>EXPLAIN: plans the statement in it; what the coordinator runs, the coordinator also explains.</summary>
internal static class ExplainPlanner
{
    // Another option is one that this PostgreSQL may not know, or GENERIC_PLAN, which has no values to choose a shard by.
    private static readonly HashSet<string> Repeatable =
        ["analyze", "verbose", "costs", "settings", "buffers", "wal", "timing", "summary", "format", "memory", "serialize"];

    internal static PlanResult Plan(PlanContext context, ExplainStmt explain)
    {
        if (explain.Options.FirstOrDefault(o => !Repeatable.Contains(o.DefElem.Defname)) is { } other)
            return Rejection.Unsupported($"the option {other.DefElem.Defname.ToUpperInvariant()} is PostgreSQL's own");
        if (context.PlanPart(explain.Query) is not { } inner || !Deparser.TryDeparseFaithfully(explain.Query, out var sql))
            return Rejection.Unsupported("the statement's text cannot be rewritten");
        var options = Options(explain);
        return inner switch
        {
            ShardPlan or CombinePlan or RecursivePlan or MultiRowInsertPlan or InsertSelectPlan or MergePlan or ValuesFirstPlan or LockedRowsPlan or KeyedLocksPlan =>
                new ExplainPlan(inner, options, sql) { Modifies = Modifies(explain) },
            CallPlan call => new ExplainPlan(call, options, sql) { Modifies = call.Statement.Writes },
            CoordinatorPlan { Reason: CoordinatorReason.Loopback } when options is { Analyze: false, Format: ExplainFormat.Text } && NamesDistributed(context) =>
                new ExplainPlan(inner, options, sql),
            CoordinatorPlan coordinator => Rejection.Unsupported(coordinator.Why ?? "the statement runs on the coordinator"),
            _ => Rejection.Unsupported("the statement runs on the coordinator"),
        };
    }

    // Of a view it is not known what it reads.
    private static bool NamesDistributed(PlanContext context) =>
        context.Request.Relations.Values.Any(r => context.Request.Map.Find(r.Oid) is not null);

    private static bool Modifies(ExplainStmt explain) =>
        TreeWalker.Any(explain.Query, message => message is InsertStmt or UpdateStmt or DeleteStmt or MergeStmt);

    private static ExplainOptions Options(ExplainStmt explain)
    {
        var values = new Dictionary<string, string?>();
        var texts = new List<string>();
        foreach (var option in explain.Options.Select(o => o.DefElem))
        {
            var value = OptionValues.Text(option.Arg);
            values[option.Defname] = value;
            texts.Add(value is null ? option.Defname.ToUpperInvariant() : $"{option.Defname.ToUpperInvariant()} {ShardNames.Literal(value)}");
        }

        bool IsOn(string name, bool otherwise) => values.TryGetValue(name, out var value) ? OptionValues.IsTrue(value) : otherwise;
        var analyze = IsOn("analyze", false);
        return new ExplainOptions(
            analyze,
            IsOn("verbose", false),
            IsOn("costs", true),
            IsOn("timing", analyze),
            IsOn("summary", analyze),
            values.GetValueOrDefault("format")?.ToLowerInvariant() switch
            {
                "json" => ExplainFormat.Json,
                "xml" => ExplainFormat.Xml,
                "yaml" => ExplainFormat.Yaml,
                _ => ExplainFormat.Text,
            },
            texts.Count == 0 ? "" : $"({string.Join(", ", texts)})");
    }
}
