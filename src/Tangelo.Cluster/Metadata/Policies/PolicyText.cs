using System.Text;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Metadata.Policies;

/// <summary>
/// The condition of a policy with holes for the names of shards. PostgreSQL has written it with search_path = pg_catalog: tables carry their schema, and
/// inside of subqueries columns carry the name of what they belong to, which no other table there has.
/// </summary>
internal static class PolicyText
{
    /// <summary>Makes a statement of a condition.</summary>
    public const string Prefix = "SELECT ";

    /// <param name="statement">The condition after <see cref="Prefix"/>.</param>
    /// <param name="table">The table that the policy belongs to.</param>
    /// <param name="readable">The tables that it reads, by schema and name.</param>
    /// <param name="known">The places where it names them.</param>
    public static IEnumerable<ShardTemplate.Part> Holes(
        ParsedStatement statement,
        DistributedTable table,
        IReadOnlyDictionary<(string Schema, string Name), DistributedTable> readable,
        IReadOnlySet<RangeVar> known)
    {
        var holes = new List<ShardTemplate.Part>();
        var mark = "tangelo_hole_";
        while (statement.Sql.Contains(mark, StringComparison.Ordinal))
            mark += "_";
        string Mark(ShardTemplate.Part hole)
        {
            holes.Add(hole);
            return $"{mark}{holes.Count - 1};";
        }

        var edits = RelationSplicer.Edits(
                statement,
                RelationReferences.Collect(statement.Tree),
                r => known.Contains(r.Range) && readable.TryGetValue((r.Schema, r.Name), out var found) ? Mark(new(null, found.Relation, found.Schema, found.Name)) : null)
            ?? throw new InvalidOperationException($"A condition that PostgreSQL has written cannot be rewritten: {statement.Sql}");
        foreach (var column in Outer(statement.Tree, table))
            edits.Replace(column.Location, FirstName(statement.Text, column.Location), Mark(new(null, table.Relation, null, table.Name)));

        var pieces = edits.Apply(statement.Text).Sql[Prefix.Length..].Split(mark);
        yield return new(pieces[0], default, null, null);
        foreach (var piece in pieces.Skip(1))
        {
            var end = piece.IndexOf(';', StringComparison.Ordinal);
            yield return holes[int.Parse(piece[..end], System.Globalization.CultureInfo.InvariantCulture)];
            yield return new(piece[(end + 1)..], default, null, null);
        }
    }

    // Columns of the policy's own table that subqueries name.
    private static List<ColumnRef> Outer(Node tree, DistributedTable table)
    {
        var found = new List<ColumnRef>();
        TreeWalker.Visit(tree, message =>
        {
            if (message is ColumnRef { Fields.Count: > 1, Location: >= 0 } column && column.Fields[0].String?.Sval == table.Name)
                found.Add(column);
            return true;
        });
        return found;
    }

    private static int FirstName(ReadOnlySpan<byte> text, int location)
    {
        var rest = text[location..];
        if (rest[0] != (byte)'"')
            return rest.IndexOf((byte)'.');
        var end = 1;
        while (rest[end] != (byte)'"' || rest[end + 1] == (byte)'"')
            end += rest[end] == (byte)'"' ? 2 : 1;
        return end + 1;
    }
}
