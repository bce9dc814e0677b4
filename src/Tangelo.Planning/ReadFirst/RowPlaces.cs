using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Combine;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.ReadFirst;

/// <summary>What tells one row of a table from all others over the loopback, whose ctid holds the shard too.</summary>
internal static class RowPlaces
{
    /// <summary>The columns: rows of different partitions can have the same ctid.</summary>
    internal static IReadOnlyList<string> ColumnsOf(DistributedTable table) => table.IsPartitioned ? ["ctid", "tableoid"] : ["ctid"];

    /// <summary>True when a statement asks for the places of rows, or by them.</summary>
    internal static bool Any(Node statement) =>
        TreeWalker.Any(statement, m => m is ColumnRef { Fields: [.., { String.Sval: "ctid" }] });

    /// <summary><c>(name.ctid, ...) IN (SELECT c1, ... FROM result)</c></summary>
    internal static Node Among(string name, IReadOnlyList<string> places, Node result)
    {
        var known = Trees.Select();
        known.TargetList.Add(places.Select((_, i) => Trees.Target(Trees.Column(result.RangeVar.Alias.Aliasname, Trees.ColumnName(i)))));
        known.FromClause.Add(result);
        return new Node
        {
            SubLink = new SubLink
            {
                SubLinkType = SubLinkType.AnySublink,
                Testexpr = places.Count == 1 ? Trees.Column(name, places[0]) : Row(places.Select(p => Trees.Column(name, p))),
                Subselect = new Node { SelectStmt = known },
            },
        };
    }

    private static Node Row(IEnumerable<Node> values)
    {
        var row = new RowExpr { RowFormat = CoercionForm.CoerceImplicitCast };
        row.Args.Add(values);
        return new Node { RowExpr = row };
    }
}
