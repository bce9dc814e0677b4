using PgQuery;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// Equalities that tie rows of a table to rows of another: where the other's rows are known, only the rows with their values matter. The other may
/// stand beside it, around it (a correlated subquery), or in an IN.
/// </summary>
internal static class KeyFilters
{
    internal static IEnumerable<(TableUse By, string ByColumn, string Column)> Of(TableUse use, StatementModel model)
    {
        foreach (var list in use.Conditions)
        {
            foreach (var term in list.Terms)
            {
                if (Equality(term, list.Block, use) is { } equality)
                    yield return equality;
                else if (Membership(term, list.Block, use, model) is { } membership)
                    yield return membership;
            }
        }
    }

    private static (TableUse By, string ByColumn, string Column)? Equality(Node term, QueryBlock block, TableUse use)
    {
        if (term.AExpr is not { Kind: A_Expr_Kind.AexprOp, Name: [{ String.Sval: "=" }], Lexpr.ColumnRef: { } left, Rexpr.ColumnRef: { } right })
            return null;
        if (NameResolver.OwnerOf(left, block) is not { } first || NameResolver.OwnerOf(right, block) is not { } second || first == second)
            return null;
        return first == use ? (second, Name(right), Name(left)) : second == use ? (first, Name(left), Name(right)) : null;
    }

    private static (TableUse By, string ByColumn, string Column)? Membership(Node term, QueryBlock block, TableUse use, StatementModel model)
    {
        if (term.SubLink is not { SubLinkType: SubLinkType.AnySublink, Testexpr.ColumnRef: { } tested, Subselect.SelectStmt: { } query } link
            || (link.OperName.Count > 0 && (link.OperName.Count > 1 || link.OperName[0].String.Sval != "="))
            || NameResolver.OwnerOf(tested, block) != use
            || query.Op != SetOperation.SetopNone || query.TargetList is not [{ ResTarget.Val.ColumnRef: { } given }]
            || model.Blocks.Find(b => ReferenceEquals(b.Select, query)) is not { } inner)
            return null;
        return NameResolver.OwnerOf(given, inner) is { } by && by.Block == inner ? (by, Name(given), Name(tested)) : null;
    }

    private static string Name(ColumnRef reference) => reference.Fields[^1].String.Sval;
}
