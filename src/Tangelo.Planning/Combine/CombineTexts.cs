using System.Collections.Immutable;
using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Planning.Router;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>Makes the plan from the two queries: what each shard runs, and what the coordinator makes of the rows.</summary>
internal static class CombineTexts
{
    internal static PlanResult Plan(
        PlanContext context, CombineStrategy strategy, Locus rows, SelectStmt inner, int columnCount, SelectStmt outer)
    {
        var innerTree = new Node { SelectStmt = inner };
        var outerTree = new Node { SelectStmt = outer };
        if (!TypeParameters(context, innerTree) || !TypeParameters(context, outerTree))
            return Rejection.Unsupported("the type of a parameter is not known");
        if (!context.Texts.TryDeparse(innerTree, out var query)
            || !Deparser.TryDeparseFaithfully(innerTree, out var describe)
            || !Deparser.TryDeparseFaithfully(outerTree, out var combine))
            return Rejection.Unsupported("the statement's text cannot be rewritten for shards");
        var columns = Enumerable.Range(0, columnCount).Select(i => new IntermediateColumn(Trees.ColumnName(i))).ToImmutableArray();
        return new CombinePlan(
            new ShardPlan(query, ShardSelections.Several(rows), StatementKind.Select) { MakesText = TextMakers.Any(innerTree) },
            describe,
            columns,
            combine.Replace(Trees.SourceMarkerName, CombinePlan.SourceMarker, StringComparison.Ordinal))
        {
            Strategy = strategy,
        };
    }

    // A parameter may lose the context that gave it its type.
    private static bool TypeParameters(PlanContext context, Node tree)
    {
        var known = true;
        var cast = TreeRewriter.Rewrite(tree, node =>
        {
            if (node.NodeCase == Node.NodeOneofCase.TypeCast && node.TypeCast.Arg.NodeCase == Node.NodeOneofCase.ParamRef)
                return node;
            if (node.NodeCase != Node.NodeOneofCase.ParamRef)
                return null;
            var number = node.ParamRef.Number;
            var types = context.Request.ParameterTypes;
            var name = number >= 1 && number <= types.Length ? PgTypes.NameOf(types[number - 1]) : null;
            known &= name is not null;
            return name is null ? node : Casts.To(node, name);
        });
        tree.SelectStmt = cast.SelectStmt;
        return known;
    }
}
