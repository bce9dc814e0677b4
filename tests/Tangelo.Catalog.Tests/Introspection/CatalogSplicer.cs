using System.Text;
using Tangelo.Catalog.Introspection;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;

namespace Tangelo.Catalog.Tests.Introspection;

/// <summary>Splices the filters into a script, in the simplest way that serves the clients of these tests.</summary>
internal static class CatalogSplicer
{
    public static byte[] Splice(byte[] script)
    {
        var result = new List<byte>();
        foreach (var statement in SqlParser.Parse(script))
        {
            var text = statement.Text;
            var end = text.Length;
            var pieces = new Stack<byte[]>();
            foreach (var reference in RelationReferences.Collect(statement.Tree).Reverse())
            {
                if (reference.Place != RelationPlace.FromItem || reference.Location < 0)
                    continue;
                var schema = reference.Schema.Length > 0 ? reference.Schema : "pg_catalog";
                var systemColumns = new[] { "tableoid", "xmin" }.Where(c => Encoding.UTF8.GetString(text).Contains(c)).ToArray();
                if (CatalogFilters.SubqueryFor(schema, reference.Name, systemColumns) is not { } subquery)
                    continue;

                var after = reference.Location + (reference.Schema.Length > 0 ? reference.Schema.Length + 1 : 0) + reference.Name.Length;
                pieces.Push(text[after..end]);
                pieces.Push(Encoding.UTF8.GetBytes(reference.Range.Alias is null ? $"{subquery} AS {reference.Name}" : subquery));
                end = reference.Location;
            }

            result.AddRange(text[..end]);
            foreach (var piece in pieces)
                result.AddRange(piece);
            result.AddRange(";"u8);
        }

        return [.. result];
    }
}
