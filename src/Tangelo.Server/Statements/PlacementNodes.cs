using System.Collections.Frozen;
using System.Collections.Immutable;
using PgQuery;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;
using Tangelo.Sql.Visiting;

namespace Tangelo.Server.Statements;

/// <summary>
/// pg_dist_placement has the number of a node's group, as in Citus. A query that asks it for nodename and nodeport gets them too, unless the
/// names can be those of another relation.
/// </summary>
internal static class PlacementNodes
{
    private const string Table = "pg_dist_placement";

    private const string WithNodes =
        "(SELECT p.*, n.nodename, n.nodeport FROM pg_catalog.pg_dist_placement p "
        + "LEFT JOIN pg_catalog.pg_dist_node n ON n.groupid = p.groupid AND n.noderole = 'primary')";

    // Relations that have no such columns: beside them a name alone can only mean the placement's.
    private static readonly FrozenSet<string> WithoutNodes = [Table, "pg_dist_shard", "pg_dist_partition", "pg_dist_colocation", "pg_class", "pg_namespace"];

    /// <summary>
    /// The statement with the shardid that both pg_dist_shard and the placements have taken from the placements, if it asks these for their nodes: so
    /// the documentation of such queries has it. The same statement otherwise.
    /// </summary>
    public static ParsedStatement WithOneShardId(ParsedStatement statement, ImmutableArray<RelationReference> references)
    {
        if (references.Length != 2 || references.FirstOrDefault(r => SubqueryFor(statement, references, r) is not null) is not { } placement
            || TreeWalker.Any(statement.Tree, m => m is JoinExpr { UsingClause.Count: > 0 } or JoinExpr { IsNatural: true }))
            return statement;
        var edits = new TextEdits();
        TreeWalker.Visit(statement.Tree, message =>
        {
            if (message is ColumnRef { Fields: [{ String.Sval: "shardid" }] } column)
                edits.Insert(column.Location, QuotedName.Of(placement.Range.NameInQuery()) + ".");
            return true;
        });
        return edits.IsEmpty ? statement : SqlParser.Parse(edits.Apply(statement.Text).Text)[0];
    }

    /// <summary>The FROM item to stand in place of <paramref name="reference"/>, or null to leave it.</summary>
    public static string? SubqueryFor(ParsedStatement statement, ImmutableArray<RelationReference> references, RelationReference reference)
    {
        if (reference.Name != Table || reference.Schema is not ("" or "pg_catalog") || reference.IsTarget || reference.Place != RelationPlace.FromItem)
            return null;
        var name = reference.Range.NameInQuery();
        var alone = references.All(r => WithoutNodes.Contains(r.Name));
        return TreeWalker.Any(statement.Tree, message => message is ColumnRef { Fields: var fields }
            && fields[^1].String?.Sval is "nodename" or "nodeport"
            && (fields.Count == 1 ? alone : fields[^2].String?.Sval == name))
            ? WithNodes
            : null;
    }
}
