using System.Collections.Frozen;

namespace Tangelo.Catalog.Introspection;

/// <summary>
/// What a client sees of the system catalogs: the functions and views of schema pg_tangelo, which have the names and columns of
/// the relations they stand for, less the rows that are Tangelo's. They exist where the metadata is installed.
/// </summary>
public static class CatalogFilters
{
    /// <summary>The schema of the filtered relations, itself invisible through them.</summary>
    public const string ViewSchema = "pg_tangelo";

    private const string CatalogSchema = "pg_catalog";
    private const string InformationSchema = "information_schema";

    // It shows nothing but the session's own backend, in which the router prepares statements of its own.
    private const string PreparedStatements = "pg_prepared_statements";
    private const string ClientsStatements =
        $"(SELECT * FROM {CatalogSchema}.{PreparedStatements} WHERE NOT pg_catalog.starts_with(name, 'tangelo_'))";

    private static readonly FrozenDictionary<string, string> KeysOfCatalogs = FilteredRelations.CatalogKeys.ToFrozenDictionary();
    private static readonly FrozenSet<string> SystemViews = FilteredRelations.SystemViews.ToFrozenSet();
    private static readonly FrozenSet<string> InformationViews = FilteredRelations.InformationSchemaViews.ToFrozenSet();

    /// <summary>All (schema, relation) pairs that have a filtered relation in <see cref="ViewSchema"/>.</summary>
    public static IEnumerable<(string Schema, string Relation)> Relations =>
        KeysOfCatalogs.Keys.Concat(SystemViews).Select(r => (CatalogSchema, r)).Concat(InformationViews.Select(r => (InformationSchema, r)));

    /// <summary>
    /// True when a relation of this bare name, found in pg_catalog through the search path, is filtered. A cheap first test:
    /// information_schema is on no search path by itself.
    /// </summary>
    public static bool IsFilteredCatalog(string relation) =>
        KeysOfCatalogs.ContainsKey(relation) || SystemViews.Contains(relation) || relation == PreparedStatements;

    /// <summary>
    /// A FROM item to stand in place of the relation, with exactly its columns (and <c>tableoid</c> first when
    /// <paramref name="withTableOid"/>), or null when the relation needs no filter. The caller adds the alias, which is the
    /// relation's name where the statement gives none.
    /// </summary>
    public static string? SubqueryFor(string schema, string relation, bool withTableOid) =>
        SubqueryFor(schema, relation, withTableOid ? ["tableoid"] : []);

    /// <summary>
    /// The same with the system columns that the statement asks of the relation (tableoid, ctid, xmin, xmax, cmin, cmax). Views
    /// have none: there they are left out, and PostgreSQL reports them missing as it would have.
    /// </summary>
    public static string? SubqueryFor(string schema, string relation, IReadOnlyCollection<string> systemColumns)
    {
        if (schema == InformationSchema ? InformationViews.Contains(relation) : schema == CatalogSchema && SystemViews.Contains(relation))
            return $"{ViewSchema}.{relation}";
        if (schema == CatalogSchema && relation == PreparedStatements)
            return ClientsStatements;
        if (schema != CatalogSchema || !KeysOfCatalogs.TryGetValue(relation, out var key))
            return null;
        if (systemColumns.Count == 0)
            return $"{ViewSchema}.{relation}()";
        if (systemColumns.All(c => c == "tableoid"))
            return $"(SELECT '{schema}.{relation}'::pg_catalog.regclass::pg_catalog.oid AS tableoid, * FROM {ViewSchema}.{relation}())";

        // The filtered rows have lost them: they come from the catalog itself, row by row.
        var columns = string.Join(", ", systemColumns.Select(c => "b." + c));
        return $"(SELECT {columns}, v.* FROM {ViewSchema}.{relation}() v JOIN {schema}.{relation} b USING ({key}))";
    }
}
