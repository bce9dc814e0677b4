using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// Whether an UPDATE or DELETE reads the table that it changes once more for each row. Over the loopback every such reading would see the rows that
/// the statement itself has changed before.
/// </summary>
internal static class SelfReading
{
    internal static bool ForEachRow(PlanContext context, RangeVar target)
    {
        if (context.TableOf(target) is not { } table)
            return false;
        var joins = new HashSet<SubLink>(ReferenceEqualityComparer.Instance);
        AddJoins(context.Tree.UpdateStmt?.WhereClause ?? context.Tree.DeleteStmt?.WhereClause, joins);
        var found = false;
        TreeWalker.Visit(context.Tree, message =>
        {
            found |= message is SubLink link && !joins.Contains(link) && Reads(context, link.Subselect, table.Relation) && IsCorrelated(context, link.Subselect);
            return !found;
        });

        // What RETURNING asks for is read when the first row has been changed already.
        foreach (var item in context.Tree.UpdateStmt?.ReturningList ?? context.Tree.DeleteStmt?.ReturningList ?? [])
            found |= TreeWalker.Any(item, message => message is SubLink link && Reads(context, link.Subselect, table.Relation));
        return found;
    }

    // PostgreSQL makes a join of a plain EXISTS that WHERE asks for, and reads the table once for it.
    private static void AddJoins(Node? condition, HashSet<SubLink> joins)
    {
        switch (condition)
        {
            case { BoolExpr: { Boolop: BoolExprType.AndExpr } all }:
                foreach (var term in all.Args)
                    AddJoins(term, joins);
                break;
            case { BoolExpr: { Boolop: BoolExprType.NotExpr } not }:
                if (not.Args[0].SubLink is not null)
                    AddJoins(not.Args[0], joins);
                break;
            case { SubLink: { SubLinkType: SubLinkType.ExistsSublink, Subselect.SelectStmt: { } select } link }
                when select is { Op: SetOperation.SetopNone, WithClause: null, HavingClause: null, LimitCount: null, LimitOffset: null }
                    && select.GroupClause.Count == 0 && select.LockingClause.Count == 0 && !TreeWalker.Any(select.WhereClause ?? new Node(), m => m is SubLink):
                joins.Add(link);
                break;
        }
    }

    private static bool Reads(PlanContext context, Node query, Oid relation) =>
        RelationReferences.Collect(query).Any(r => context.Texts.TableOf(r)?.Relation == relation);

    // A name that may be one of the outer query counts.
    private static bool IsCorrelated(PlanContext context, Node query)
    {
        var names = new HashSet<string>();
        TreeWalker.Visit(query, message =>
        {
            if (message is RangeVar range)
                names.Add(range.NameInQuery());
            else if (message is Alias alias)
                names.Add(alias.Aliasname);
            return true;
        });
        var columns = RelationReferences.Collect(query).SelectMany(r => context.Texts.TableOf(r)?.Columns.Select(c => c.Name) ?? []).ToHashSet();
        return TreeWalker.Any(query, message => message is ColumnRef { Fields: var fields } && fields.Count switch
        {
            1 => fields[0].String is { Sval: var name } && !columns.Contains(name) && !names.Contains(name),
            _ => fields[^2].String is { Sval: var qualifier } && !names.Contains(qualifier),
        });
    }
}
