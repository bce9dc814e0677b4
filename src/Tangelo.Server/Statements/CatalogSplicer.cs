using System.Collections.Immutable;
using System.Text;
using PgQuery;
using Tangelo.Catalog.Introspection;
using Tangelo.Server.Sessions;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Splicing;
using Tangelo.Sql.Visiting;

namespace Tangelo.Server.Statements;

/// <summary>Lets a statement read the system catalogs without what is Tangelo's.</summary>
internal sealed class CatalogSplicer(SessionContext context)
{
    /// <summary>The statement's text, system catalogs replaced where needed.</summary>
    public byte[] Filter(ParsedStatement statement, ImmutableArray<RelationReference> references)
    {
        if (!context.Database.IsInstalled || references.IsEmpty)
            return statement.Text;
        if (LetCatalogsBeRead(statement) is { } permitted)
            return permitted;
        var withTableOid = false;
        TreeWalker.Visit(statement.Tree, message =>
        {
            if (message is ColumnRef column && column.Fields.Count > 0 && column.Fields[^1].String?.Sval == "tableoid")
                withTableOid = true;
            return true;
        });

        var spliced = RelationSplicer.Splice(statement, reference =>
            reference.IsTarget || reference.Place != RelationPlace.FromItem
                ? null
                : CatalogFilters.SubqueryFor(reference.Schema, reference.Name, withTableOid));
        return spliced?.Text ?? statement.Text;
    }

    /// <summary>
    /// pg_dump forbids itself views and foreign tables (restrict_nonsystem_relation_kind), which would shut it out of the filtered
    /// catalogs. What it guards against, other users' code in their views, is not in them.
    /// </summary>
    private static byte[]? LetCatalogsBeRead(ParsedStatement statement)
    {
        if (statement.Text.AsSpan().IndexOf("restrict_nonsystem_relation_kind"u8) < 0)
            return null;
        var edits = new TextEdits();
        TreeWalker.Visit(statement.Tree, message =>
        {
            if (message is A_Const { Sval.Sval: "view, foreign-table" } literal)
                edits.Replace(literal.Location, "'view, foreign-table'".Length, "''");
            return true;
        });
        return edits.IsEmpty ? null : edits.Apply(statement.Text).Text;
    }
}
