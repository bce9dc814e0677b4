using System.Globalization;
using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Views;

/// <summary>
/// Puts the queries of views over distributed tables in place of the views. A view stays a view where reading its tables oneself is not the same: for a
/// role without rights on them, with row-level security, below row locks, and where a whole row of it is named.
/// </summary>
internal static class ViewExpansion
{
    // Views of views can grow without end.
    private const int MostViews = 100;
    private const string Marker = "tangelo_view_";

    /// <summary>The request with the views expanded; the same one when it names none, or when one of them stays.</summary>
    /// <exception cref="Ddl.ProbeNeededException">The definitions have to be asked for first.</exception>
    internal static PlanRequest Expand(PlanRequest request)
    {
        var tree = request.Statement.Tree;
        if (tree.NodeCase is not (Node.NodeOneofCase.SelectStmt or Node.NodeOneofCase.InsertStmt or Node.NodeOneofCase.UpdateStmt
            or Node.NodeOneofCase.DeleteStmt or Node.NodeOneofCase.MergeStmt or Node.NodeOneofCase.CopyStmt))
            return request;
        if (ViewRows.Of(request) is not { } rows || TreeWalker.Any(tree, m => m is LockingClause))
            return request;

        var relations = new Dictionary<RelationName, ResolvedRelation>(request.Relations);
        return ExpandAll(tree.Clone(), relations, ViewDefinition.Read(rows)) is { } expanded && Deparser.TryDeparseFaithfully(expanded, out var text)
            ? request with { Statement = SqlParser.ParseOne(text), Relations = relations }
            : request;
    }

    // Round by round: the definitions of one hold the views of the next.
    private static Node? ExpandAll(Node tree, Dictionary<RelationName, ResolvedRelation> relations, IReadOnlyDictionary<Oid, ViewDefinition> definitions)
    {
        var count = 0;
        while (true)
        {
            var found = RelationReferences.Collect(tree)
                .Where(r => relations.TryGetValue(new RelationName(r.Schema, r.Name), out var relation) && ViewRows.IsView(relation))
                .ToList();
            if (found.Count == 0)
                return count == 0 ? null : tree;
            count += found.Count;
            if (count > MostViews || IsAmbiguous(found) || found.Any(r => NamesRow(tree, r)))
                return null;
            foreach (var reference in found)
            {
                var oid = relations[new RelationName(reference.Schema, reference.Name)].Oid;
                if (reference.Place != RelationPlace.FromItem || !definitions.ContainsKey(oid))
                    return null;
                reference.Range.Catalogname = Marker + oid.Value.ToString(CultureInfo.InvariantCulture);
            }

            Shorten(tree, found);
            tree = TreeRewriter.Rewrite(tree, node => ViewOf(node) is { } view ? Subquery(node.RangeVar, definitions[view]) : null);
            foreach (var (name, relation) in definitions.Values.SelectMany(d => d.Relations))
                relations.TryAdd(name, relation);
        }
    }

    private static Oid? ViewOf(Node node) =>
        node.RangeVar is { } range && range.Catalogname.StartsWith(Marker, StringComparison.Ordinal)
            ? new Oid(uint.Parse(range.Catalogname.AsSpan(Marker.Length), CultureInfo.InvariantCulture))
            : null;

    private static Node Subquery(RangeVar view, ViewDefinition definition) => new()
    {
        RangeSubselect = new RangeSubselect
        {
            Subquery = new Node { SelectStmt = definition.Query.Clone() },
            Alias = view.Alias?.Clone() ?? new Alias { Aliasname = view.Relname },
        },
    };

    // FROM a.v, b.v: two relations may share a name, two subqueries must not.
    private static bool IsAmbiguous(List<RelationReference> found) =>
        found.Where(r => r.Range.Alias is null).GroupBy(r => r.Name).Any(g => g.Select(r => r.Schema).Distinct().Count() > 1);

    // The row of a view has the view's type, that of a subquery has none.
    private static bool NamesRow(Node tree, RelationReference view)
    {
        var name = view.Range.NameInQuery();
        return TreeWalker.Any(tree, m => m is ColumnRef { Fields: [{ String.Sval: var only }] } && only == name);
    }

    // schema.view.column: a subquery has only its alias.
    private static void Shorten(Node tree, List<RelationReference> found) => TreeWalker.Visit(tree, message =>
    {
        if (message is ColumnRef { Fields: [_, { String.Sval: var relation }, _] } column && found.Exists(r => r.Range.Alias is null && r.Name == relation))
            column.Fields.RemoveAt(0);
        return true;
    });
}
