using PgQuery;

namespace Tangelo.Sql.Relations;

/// <summary>What a statement calls the items of its FROM clauses.</summary>
public static class RangeNames
{
    /// <summary>The name by which columns are qualified: the alias, or else the relation's own.</summary>
    public static string NameInQuery(this RangeVar range) => range.Alias?.Aliasname ?? range.Relname;
}
