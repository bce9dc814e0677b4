using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Views;

/// <summary>What a view stands for: its query, and what the names in it mean.</summary>
internal sealed record ViewDefinition(SelectStmt Query, IReadOnlyDictionary<RelationName, ResolvedRelation> Relations)
{
    /// <summary>The query on the coordinator that tells the definitions of views and of those below them.</summary>
    internal static string Sql(IEnumerable<Oid> views) =>
        $"SELECT view, definition, may_expand, relations, others_rows FROM pg_catalog.tangelo_view_definitions('{{{string.Join(',', views.Select(v => v.Value))}}}')";

    /// <summary>The definitions among <paramref name="rows"/> that can be used in place of their views.</summary>
    internal static IReadOnlyDictionary<Oid, ViewDefinition> Read(IReadOnlyList<string?[]> rows)
    {
        var views = rows.Select(r => new Oid(uint.Parse(r[0]!, CultureInfo.InvariantCulture))).ToHashSet();
        var definitions = new Dictionary<Oid, ViewDefinition>();
        foreach (var row in rows)
        {
            if (row is [{ } oid, { } text, "t", { } relations, _] && Parse(text) is { } query)
                definitions[new Oid(uint.Parse(oid, CultureInfo.InvariantCulture))] = new ViewDefinition(query, ReadRelations(relations, views));
        }

        return definitions;
    }

    /// <summary>The view whose owner sees other rows than the reader, if there is one among <paramref name="rows"/>.</summary>
    internal static string? WithRowsOfAnother(IReadOnlyList<string?[]> rows) => rows.Select(r => r[4]).FirstOrDefault(n => n is not null);

    // A name without a schema is one of pg_catalog: those are local, and in another statement a WITH query could hide it.
    private static SelectStmt? Parse(string text)
    {
        try
        {
            return SqlParser.Parse(Encoding.UTF8.GetBytes(text)) is [{ Tree: { NodeCase: Node.NodeOneofCase.SelectStmt } tree }]
                && RelationReferences.Collect(tree).All(r => r.Schema.Length > 0)
                    ? tree.SelectStmt
                    : null;
        }
        catch (PgException)
        {
            return null;
        }
    }

    private static Dictionary<RelationName, ResolvedRelation> ReadRelations(string json, HashSet<Oid> views)
    {
        using var document = JsonDocument.Parse(json);
        var relations = new Dictionary<RelationName, ResolvedRelation>();
        foreach (var relation in document.RootElement.EnumerateArray())
        {
            var (schema, name) = (relation[0].GetString()!, relation[1].GetString()!);
            var oid = new Oid((uint)relation[2].GetInt64());
            var kind = relation[3].GetString()![0];
            relations[new RelationName(schema, name)] = new ResolvedRelation(
                oid, kind, schema, name, relation[4].GetBoolean(), ReachesDistributed: kind == 'p' || (kind == 'v' && views.Contains(oid)))
            {
                Columns = ReadColumns(relation[5]),
            };
        }

        return relations;
    }

    private static ImmutableArray<RelationColumn> ReadColumns(JsonElement columns) => columns.ValueKind != JsonValueKind.Array
        ? []
        : [.. columns.EnumerateArray().Select(c => new RelationColumn(c[0].GetString()!, new Oid((uint)c[1].GetInt64()), c[2].GetString()))];
}
