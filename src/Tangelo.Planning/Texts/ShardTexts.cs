using System.Diagnostics.CodeAnalysis;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Texts;

/// <summary>Turns statements into texts with holes where the names of shards go.</summary>
internal sealed class ShardTexts(PlanRequest request)
{
    /// <summary>
    /// The text of <paramref name="statement"/> with every distributed and reference table replaced by its shard, which keeps the table's name as its
    /// alias. False when libpg_query cannot write the tree faithfully.
    /// </summary>
    internal bool TryDeparse(Node statement, [NotNullWhen(true)] out ShardQuery? query)
    {
        query = null;
        var copy = statement.Clone();
        var marker = ChooseMarker();
        var tables = new List<DistributedTable>();
        foreach (var reference in RelationReferences.Collect(copy))
        {
            if (TableOf(reference) is not { } table)
                return false;
            var range = reference.Range;
            if (range.Alias is null && reference.Place != RelationPlace.Utility)
                range.Alias = new Alias { Aliasname = range.Relname };
            range.Catalogname = "";
            range.Schemaname = "";
            range.Relname = $"{marker}{tables.Count}_";
            tables.Add(table);
        }

        ShortenColumns(copy);
        if (!Deparser.TryDeparseFaithfully(copy, out var text))
            return false;
        query = new ShardQuery(Split(text, marker, tables));
        return true;
    }

    /// <summary>The statement's own text with the names of tables replaced; a rewritten one where that cannot be done.</summary>
    internal bool TryOfStatement([NotNullWhen(true)] out ShardQuery? query) => TryDeparse(request.Statement.Tree, out query);

    /// <summary>The table that a name means, or null when it is not a distributed or reference one.</summary>
    internal DistributedTable? TableOf(RelationReference reference) =>
        request.Relations.TryGetValue(new RelationName(reference.Schema, reference.Name), out var resolved)
            ? request.Map.Find(resolved.Oid)
            : null;

    // schema.table.column: the shard has only the alias.
    private static void ShortenColumns(Node statement) => TreeWalker.Visit(statement, message =>
    {
        if (message is ColumnRef { Fields.Count: 3 } column)
            column.Fields.RemoveAt(0);
        return true;
    });

    private string ChooseMarker()
    {
        var marker = "tangelo_hole_";
        while (request.Statement.Sql.Contains(marker, StringComparison.OrdinalIgnoreCase))
            marker += "x_";
        return marker;
    }

    private static IEnumerable<ShardQueryPart> Split(string text, string marker, List<DistributedTable> tables)
    {
        var start = 0;
        while (text.IndexOf(marker, start, StringComparison.Ordinal) is >= 0 and var hole)
        {
            yield return new TextPart(text[start..hole]);
            var end = text.IndexOf('_', hole + marker.Length);
            var table = tables[int.Parse(text.AsSpan(hole + marker.Length, end - hole - marker.Length))];
            yield return new ShardNamePart(table, table.Name);
            start = end + 1;
        }

        yield return new TextPart(text[start..]);
    }
}
