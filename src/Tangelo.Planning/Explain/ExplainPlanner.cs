using PgQuery;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Explain;

/// <summary>EXPLAIN: plans the statement in it; what the coordinator runs, the coordinator also explains.</summary>
internal static class ExplainPlanner
{
    internal static PlanResult Plan(PlanContext context, ExplainStmt explain)
    {
        if (context.PlanPart(explain.Query) is not { } inner)
            return Rejection.Unsupported("the statement's text cannot be rewritten");
        if (inner is CoordinatorPlan coordinator)
            return Rejection.Unsupported(coordinator.Why ?? "the statement runs on the coordinator");
        return new ExplainPlan(inner, Options(explain));
    }

    private static ExplainOptions Options(ExplainStmt explain)
    {
        var (analyze, verbose, costs, format) = (false, false, true, ExplainFormat.Text);
        var texts = new List<string>();
        foreach (var option in explain.Options.Select(o => o.DefElem))
        {
            var name = option.Defname.ToLowerInvariant();
            var value = OptionValues.Text(option.Arg);
            switch (name)
            {
                case "analyze":
                    analyze = OptionValues.IsTrue(value);
                    break;
                case "verbose":
                    verbose = OptionValues.IsTrue(value);
                    break;
                case "costs":
                    costs = OptionValues.IsTrue(value);
                    break;
                case "format":
                    format = Enum.TryParse<ExplainFormat>(value, ignoreCase: true, out var parsed) ? parsed : ExplainFormat.Text;
                    break;
            }

            texts.Add(value is null ? name.ToUpperInvariant() : $"{name.ToUpperInvariant()} {value}");
        }

        return new ExplainOptions(analyze, verbose, costs, format, texts.Count == 0 ? "" : $"({string.Join(", ", texts)})");
    }
}
