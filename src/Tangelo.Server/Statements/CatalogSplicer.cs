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
}
