using Tangelo.Catalog;
using Tangelo.Core;

namespace Tangelo.Planning.Calls;

/// <summary>What the names in a function's body mean.</summary>
internal static class BodyNames
{
    /// <summary>The relations; null when one is not there.</summary>
    /// <param name="request">Of the call.</param>
    /// <param name="names">As the body writes them.</param>
    /// <param name="path">The function's own search path; null for the caller's.</param>
    internal static IReadOnlyDictionary<RelationName, ResolvedRelation>? Resolve(PlanRequest request, List<RelationName> names, string? path)
    {
        var relations = new Dictionary<RelationName, ResolvedRelation>();
        if (names.Count == 0)
            return relations;
        var texts = names.ToDictionary(n => n.Schema.Length == 0 ? ShardNames.Quote(n.Name) : ShardNames.QuoteQualified(n.Schema, n.Name));
        var array = $"ARRAY[{string.Join(", ", texts.Keys.Select(ShardNames.Literal))}]::pg_catalog.text[]";
        var source = path is null
            ? $"(SELECT u, pg_catalog.to_regclass(u)::pg_catalog.oid FROM pg_catalog.unnest({array}) u)"
            : $"pg_catalog.tangelo_resolve_in_path({array}, {ShardNames.Literal(path)})";
        var rows = request.Ask(
            $"SELECT r.name, c.oid::int8, c.relkind, n.nspname, c.relname, c.relpersistence = 't' FROM {source} r(name, relation) "
            + "JOIN pg_catalog.pg_class c ON c.oid = r.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace");
        foreach (var row in rows)
            relations[texts[row[0]!]] = new ResolvedRelation(new Oid(uint.Parse(row[1]!)), row[2]![0], row[3]!, row[4]!, row[5] == "t");
        return relations.Count == names.Count ? relations : null;
    }
}
