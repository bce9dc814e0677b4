using System.Collections.Immutable;
using PgQuery;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>INSERT of the rows of any query: the query is planned by itself, its rows come up and go to their shards.</summary>
internal static class RowsPlanner
{
    internal static PlanResult Plan(PlanContext context, InsertStmt insert, InsertTarget target, Node source, string why)
    {
        var defaults = target.MissingDefaults();
        var columns = target.Columns.Select(c => c.Name).ToImmutableArray();
        var all = columns.AddRange(defaults.Select(d => d.Column));
        var key = -1;
        if (!target.Table.IsReference && target.Table.DistributionColumn is { } keyColumn)
        {
            key = all.IndexOf(keyColumn.Name);
            if (key < 0 && keyColumn.NotNull)
                throw target.MissingKey();
        }

        if (InsertFrames.ForRows(context, insert, all) is not { } frame
            || !Deparser.TryDeparseFaithfully(source, out var describe)
            || context.PlanPart(source) is not { } plan)
            return Rejection.Unsupported(why);
        return new InsertSelectPlan(plan, target.Table, frame, columns, key, defaults, insert.ReturningList.Count > 0, describe)
        {
            IsPlainInsert = insert.OnConflictClause is null,
        };
    }
}
