using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Router;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>The query that reads a table for an intermediate result: the columns and the rows that are needed, and no others.</summary>
internal static class TableSource
{
    // Rows count even when nothing of them is named.
    private const string Nothing = "tangelo_row";

    /// <summary>Its plan, or null when it does not run on the shards as it is.</summary>
    /// <param name="request">With every earlier result.</param>
    /// <param name="moved">The table.</param>
    /// <param name="columns">The columns that are named.</param>
    /// <param name="results">The names of the results of earlier tables.</param>
    internal static Plan? Plan(PlanRequest request, MovedTable moved, IReadOnlyList<TableColumn> columns, Dictionary<TableUse, string> results)
    {
        var select = Trees.Select();
        select.TargetList.Add(columns.Count == 0 ? [Trees.Target(Trees.Integer(1), Nothing)] : columns.Select(c => Trees.Target(Trees.Column(moved.Use.Name, c.Name))));
        select.FromClause.Add(moved.Use.Sample is var (sample, _) ? new Node { RangeTableSample = sample.Clone() } : new Node { RangeVar = moved.Use.Range.Clone() });
        List<Node> terms = [.. moved.Terms.Select(t => t.Clone())];
        if (moved.Filter is var (by, byColumn, column))
            terms.Add(In(Trees.Column(moved.Use.Name, column), results[by], byColumn));
        select.WhereClause = ConditionList.And(terms);
        if (!Deparser.TryDeparseFaithfully(new Node { SelectStmt = select }, out var sql))
            return null;
        var context = new PlanContext(request with { Statement = SqlParser.ParseOne(sql), ResultColumns = [] });
        if (LocalRelations.Is(moved.Use.Table))
            return context.Texts.TryOfStatement(out var query) ? new ResultsPlan(Results.Mark(query)) : null;
        return SelectPlanner.Plan(context, context.Tree.SelectStmt).Plan is ShardPlan plan ? plan with { Query = Results.Mark(plan.Query) } : null;
    }

    /// <summary>The result that the plan makes.</summary>
    internal static Subplan Subplan(int id, Plan source, MovedTable moved, IReadOnlyList<TableColumn> columns, ResultSplit? split) => new(
        id, source, "",
        columns.Count == 0
            ? [new IntermediateColumn(Nothing, "integer") { Type = PgTypes.Int4 }]
            : [.. columns.Select(c => new IntermediateColumn(c.Name, c.TypeName) { Type = c.Type })])
    {
        Label = moved.Use.Name,
        EstimatedRows = (long)moved.Rows,
        Split = split,
    };

    /// <summary>The columns of the result to the planner.</summary>
    internal static IEnumerable<(string Name, Oid Type)> Columns(IReadOnlyList<TableColumn> columns) =>
        columns.Count == 0 ? [(Nothing, PgTypes.Int4)] : columns.Select(c => (c.Name, c.Type));

    private static Node In(Node tested, string result, string column)
    {
        var keys = Trees.Select();
        keys.TargetList.Add(Trees.Target(Trees.Column(result, column)));
        keys.FromClause.Add(Results.Read(result, new Alias { Aliasname = result }));
        return new Node
        {
            SubLink = new SubLink { SubLinkType = SubLinkType.AnySublink, Testexpr = tested, Subselect = new Node { SelectStmt = keys } },
        };
    }
}
