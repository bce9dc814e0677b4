using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Copy;

/// <summary>The condition of COPY ... FROM ... WHERE, which each shard lays on the rows that it gets.</summary>
internal static class CopyCondition
{
    /// <summary>The condition's text with nothing but the names of columns in it; null when a shard could find otherwise than the coordinator.</summary>
    internal static string? ForShards(PlanContext context, CopyStmt copy, DistributedTable table)
    {
        if (context.Facts.WhyCoordinator is not null || context.Facts.Unsteady is not null)
            return null;

        // Of a whole row the type is the shard's, and PostgreSQL refuses subqueries in its own words.
        var understood = true;
        var condition = TreeRewriter.Rewrite(copy.WhereClause, node =>
        {
            if (node.NodeCase == Node.NodeOneofCase.SubLink)
                understood = false;
            if (node.NodeCase != Node.NodeOneofCase.ColumnRef)
                return null;
            var names = node.ColumnRef.Fields;
            var isOwn = names.All(n => n.NodeCase == Node.NodeOneofCase.String)
                && (names.Count == 1 || (names.Count == 2 && names[0].String.Sval == copy.Relation.NameInQuery()))
                && table.FindColumn(names[^1].String.Sval) is { IsGenerated: false };
            understood &= isOwn;
            if (isOwn && names.Count == 2)
                names.RemoveAt(0);
            return null;
        });
        if (!understood)
            return null;
        try
        {
            return Deparser.DeparseExpression(condition);
        }
        catch (PgException)
        {
            return null;
        }
    }
}
