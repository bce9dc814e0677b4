namespace Tangelo.Catalog.Introspection;

/// <summary>What a client sees of the system catalogs.</summary>
public static class CatalogFilters
{
    /// <summary>
    /// A parenthesised SELECT to stand in place of the relation, with exactly its columns (and <c>tableoid</c> first when
    /// <paramref name="withTableOid"/>), without what is Tangelo's; null when the relation needs no filter. The caller adds
    /// the alias. Valid only in a database that has <c>pg_catalog.tangelo_hidden_object</c>.
    /// </summary>
    public static string? SubqueryFor(string schema, string relation, bool withTableOid) => null;
}
