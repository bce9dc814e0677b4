using System.Collections.Immutable;
using PgQuery;

namespace Tangelo.Sql.Relations;

/// <summary>Finds the relations that a statement names.</summary>
public static class RelationReferences
{
    /// <summary>
    /// Every relation that <paramref name="statement"/> names, anywhere, in the order of the text. A name that means a WITH
    /// query in scope is left out; a name with a schema never does. Names inside strings (<c>'t'::regclass</c>, function bodies) are not seen.
    /// </summary>
    public static ImmutableArray<RelationReference> Collect(Node statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return new RelationCollector().Run(statement);
    }
}
