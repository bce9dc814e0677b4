using System.Collections.Immutable;
using PgQuery;
using Tangelo.Sql.Lexing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;

namespace Tangelo.Sql.Splicing;

/// <summary>
/// Replaces relation names in the text of a statement and leaves everything else as the client wrote it. A replaced relation gets its old name
/// as alias where it had none, so that <c>users.name</c> goes on to mean the same.
/// </summary>
public static class RelationSplicer
{
    /// <summary>
    /// Asks <paramref name="newName"/> (SQL text, quoted as needed; null to leave it) for every relation of the
    /// statement. Null when names cannot be replaced without a change of meaning: the tree must be changed instead.
    /// </summary>
    public static SplicedText? Splice(ParsedStatement statement, Func<RelationReference, string?> newName)
    {
        ArgumentNullException.ThrowIfNull(statement);
        return Splice(statement, RelationReferences.Collect(statement.Tree), newName);
    }

    /// <summary>As the other overload, for references that were collected before.</summary>
    public static SplicedText? Splice(
        ParsedStatement statement, ImmutableArray<RelationReference> references, Func<RelationReference, string?> newName)
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(newName);
        return Edits(statement, references, newName)?.Apply(statement.Text);
    }

    /// <summary>The changes that <see cref="Splice(ParsedStatement, Func{RelationReference, string?})"/> makes; null where it gives null.</summary>
    public static TextEdits? Edits(ParsedStatement statement, ImmutableArray<RelationReference> references, Func<RelationReference, string?> newName)
    {
        ArgumentNullException.ThrowIfNull(statement);
        ArgumentNullException.ThrowIfNull(newName);
        var edits = new TextEdits();
        var aliased = new List<RelationReference>();
        var locations = new HashSet<int>();
        foreach (var reference in references)
        {
            if (newName(reference) is not { } name)
                continue;

            if (!locations.Add(reference.Location) || !TryReplace(statement.Text, reference, name, edits))
                return null;

            // The body of CREATE RECURSIVE VIEW names the view as if it were a WITH query.
            if (statement.Tree.ViewStmt?.Query?.SelectStmt?.WithClause is { Recursive: true } && reference.IsTarget)
                return null;
            if (reference.Place != RelationPlace.Utility)
                aliased.Add(reference);
        }

        return aliased.Count > 0 && (SharesAlias(aliased, references) || NamesSchema(statement.Tree, aliased)) ? null : edits;
    }

    private static bool TryReplace(byte[] text, RelationReference reference, string name, TextEdits edits)
    {
        var length = IdentifierSpan.At(text, reference.Location);
        if (length == 0)
            return false;
        edits.Replace(reference.Location, length, name);
        if (reference.Place == RelationPlace.Utility || reference.Range.Alias is not null)
            return true;

        var before = TokensBefore.Find(text, reference.Location);
        var end = reference.Location + length;
        var after = new Tokenizer(text, end);
        after.Next();

        // ONLY (name) takes its alias after the parenthesis, name * after the star.
        if (before.IsOnlyParenthesis && after.Token is [(byte)')'])
            end = after.End;
        else if (after.Token is [(byte)'*'])
            end = after.End;

        // TABLE name takes no alias, but is short for a SELECT that does.
        if (before.TableKeyword >= 0)
            edits.Replace(before.TableKeyword, "TABLE".Length, "SELECT * FROM");
        edits.Insert(end, $" AS {QuotedName.Of(reference.Name)}");
        return true;
    }

    // a.t and b.t may stand side by side without aliases, but not with one alias for both.
    private static bool SharesAlias(List<RelationReference> aliased, ImmutableArray<RelationReference> all)
    {
        foreach (var reference in aliased)
        {
            foreach (var other in all)
            {
                if (!ReferenceEquals(other, reference) && other.Query == reference.Query && other.Name == reference.Name
                    && other.Schema != reference.Schema && other.Range.Alias is null && reference.Range.Alias is null)
                    return true;
            }
        }

        return false;
    }

    // schema.table.column does not find a relation that has an alias.
    private static bool NamesSchema(Node tree, List<RelationReference> aliased) => TreeWalker.Any(tree, message =>
        message is ColumnRef { Fields.Count: > 2 } column
        && aliased.Exists(r => r.Range.Alias is null && r.Name == column.Fields[^2].String?.Sval));
}
