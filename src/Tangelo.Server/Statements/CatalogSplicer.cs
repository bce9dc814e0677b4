using System.Collections.Frozen;
using System.Collections.Immutable;
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
    private static readonly FrozenSet<string> SystemColumns = ["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"];

    /// <summary>The statement's text, system catalogs replaced where needed.</summary>
    public byte[] Filter(ParsedStatement statement, ImmutableArray<RelationReference> references)
    {
        if (!context.Database.IsInstalled)
            return statement.Text;
        var functions = FilteredFunctions(statement);
        if (references.IsEmpty)
            return functions.IsEmpty ? statement.Text : functions.Apply(statement.Text).Text;
        if (LetCatalogsBeRead(statement) is { } permitted)
            return permitted;
        var qualified = PlacementNodes.WithOneShardId(statement, references);
        if (!ReferenceEquals(qualified, statement))
            (statement, references) = (qualified, RelationReferences.Collect(qualified.Tree));
        var isFiltered = references.Any(IsFiltered) && !IsPlainExplain(statement.Tree);
        if (!isFiltered && functions.IsEmpty && !references.Any(r => PlacementNodes.SubqueryFor(statement, references, r) is not null))
            return statement.Text;
        if (!functions.IsEmpty && !IsPlainExplain(statement.Tree))
        {
            statement = SqlParser.Parse(functions.Apply(statement.Text).Text)[0];
            references = RelationReferences.Collect(statement.Tree);
        }

        var systemColumns = new HashSet<string>();
        TreeWalker.Visit(statement.Tree, message =>
        {
            if (message is ColumnRef column && column.Fields.Count > 0 && column.Fields[^1].String?.Sval is { } name && SystemColumns.Contains(name))
                systemColumns.Add(name);
            return true;
        });

        var spliced = RelationSplicer.Splice(statement, references, reference =>
            isFiltered && IsFiltered(reference)
                ? CatalogFilters.SubqueryFor(SchemaOf(reference), reference.Name, systemColumns)
                : PlacementNodes.SubqueryFor(statement, references, reference));
        return spliced?.Text ?? statement.Text;
    }

    // Triggers of distributed tables are not in the catalog as their users have made them.
    private static TextEdits FilteredFunctions(ParsedStatement statement)
    {
        var edits = new TextEdits();
        if (statement.Text.AsSpan().IndexOf("pg_get_triggerdef"u8) < 0 || statement.Tree.ViewStmt is not null)
            return edits;
        TreeWalker.Visit(statement.Tree, message =>
        {
            if (message is FuncCall { Location: >= 0 } call && call.Funcname[^1].String?.Sval == "pg_get_triggerdef"
                && (call.Funcname.Count == 1 || (call.Funcname.Count == 2 && call.Funcname[0].String?.Sval == "pg_catalog"))
                && IdentifierSpan.At(statement.Text, call.Location) is > 0 and var length)
                edits.Replace(call.Location, length, $"{CatalogFilters.ViewSchema}.pg_get_triggerdef");
            return true;
        });
        return edits;
    }

    // A plan shows no rows, and is to show the query that the client wrote.
    private static bool IsPlainExplain(Node tree) =>
        tree.NodeCase == Node.NodeOneofCase.ExplainStmt && !tree.ExplainStmt.Options.Any(o => o.DefElem.Defname == "analyze");

    // pg_catalog is searched first unless a search_path says otherwise, which nobody does with these names.
    private static string SchemaOf(RelationReference reference) =>
        reference.Schema.Length == 0 && CatalogFilters.IsFilteredCatalog(reference.Name) ? "pg_catalog" : reference.Schema;

    private static bool IsFiltered(RelationReference reference) =>
        !reference.IsTarget && reference.Place == RelationPlace.FromItem
        && CatalogFilters.SubqueryFor(SchemaOf(reference), reference.Name, withTableOid: false) is not null;

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
