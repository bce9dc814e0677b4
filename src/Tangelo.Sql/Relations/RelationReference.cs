using PgQuery;

namespace Tangelo.Sql.Relations;

/// <summary>A name in a statement that means a relation: a table, view, index, sequence or composite type.</summary>
/// <param name="Range">
/// The node of the tree; made up for names that the tree keeps as a list of strings (DROP, COMMENT, OWNED BY).
/// </param>
/// <param name="Schema">The schema that was written, or "".</param>
/// <param name="Name">The name without its schema, as PostgreSQL reads it (folded, unquoted).</param>
/// <param name="Location">Where the name starts in the statement's text, in bytes; -1 where the tree does not say.</param>
/// <param name="IsTarget">True for what the statement writes, defines, changes, locks or copies, not for what it only reads.</param>
/// <param name="InSubquery">True inside a subquery, a sublink or a WITH query.</param>
public sealed record RelationReference(RangeVar Range, string Schema, string Name, int Location, bool IsTarget, bool InSubquery)
{
    /// <summary>Where the name stands.</summary>
    public RelationPlace Place { get; init; }

    // Names with the same number stand in the same range table, where two of them must not have one alias.
    internal int Query { get; init; }
}
