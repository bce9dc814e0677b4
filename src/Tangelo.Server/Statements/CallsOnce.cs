using Google.Protobuf;
using PgQuery;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;

namespace Tangelo.Server.Statements;

/// <summary>
/// BETWEEN stands for two comparisons, and PostgreSQL computes what stands before it for each of them. A call that makes or fills a shard is to be made once all the same.
/// </summary>
internal static class CallsOnce
{
    private static readonly string[] Functions = ["master_create_empty_shard", "master_append_table_to_shard", "master_apply_delete_command"];

    /// <summary>The statement with such calls in subqueries of their own; itself where it has none.</summary>
    public static ParsedStatement Rewrite(ParsedStatement statement, StatementFacts facts)
    {
        if (!Functions.Any(facts.Calls.Contains) || !TreeWalker.Any(statement.Tree, IsConcerned))
            return statement;
        var tree = statement.Tree.Clone();
        var found = new List<A_Expr>();
        TreeWalker.Visit(tree, message =>
        {
            if (IsConcerned(message))
                found.Add((A_Expr)message);
            return true;
        });
        foreach (var between in found)
            Enclose(between);
        return Deparser.TryDeparseFaithfully(tree, out var sql) ? SqlParser.ParseOne(sql) : statement;
    }

    private static bool IsConcerned(IMessage message) =>
        message is A_Expr { Kind: A_Expr_Kind.AexprBetween or A_Expr_Kind.AexprNotBetween, Lexpr: { } value }
        && TreeWalker.Any(value, m => m is FuncCall call && Functions.Contains(StatementFacts.NameOf(call)));

    // x BETWEEN a AND b becomes (SELECT value BETWEEN a AND b FROM (SELECT x OFFSET 0) AS tangelo_once (value)) = true.
    private static void Enclose(A_Expr between)
    {
        var frame = SqlParser.ParseOne("SELECT (SELECT NULL FROM (SELECT NULL OFFSET 0) AS tangelo_once (value)) = true").Tree;
        var comparison = frame.SelectStmt.TargetList[0].ResTarget.Val.AExpr;
        var select = comparison.Lexpr.SubLink.Subselect.SelectStmt;
        select.FromClause[0].RangeSubselect.Subquery.SelectStmt.TargetList[0].ResTarget.Val = between.Lexpr;
        var inner = between.Clone();
        var value = new ColumnRef();
        value.Fields.Add(new Node { String = new PgQuery.String { Sval = "tangelo_once" } });
        value.Fields.Add(new Node { String = new PgQuery.String { Sval = "value" } });
        inner.Lexpr = new Node { ColumnRef = value };
        select.TargetList[0].ResTarget.Val = new Node { AExpr = inner };
        (between.Kind, between.Lexpr, between.Rexpr) = (comparison.Kind, comparison.Lexpr, comparison.Rexpr);
        between.Name.Clear();
        between.Name.Add(comparison.Name);
    }
}
