using PgQuery;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Combine;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Cursors;

/// <summary>
/// DECLARE of a cursor over the rows of one distributed table, so that WHERE CURRENT OF can be used with it: as the cursor gives a row, the coordinator notes which one it is.
/// </summary>
internal static class NotingCursors
{
    // PostgreSQL's CURSOR_OPT_SCROLL.
    private const int ScrollOption = 0x2;

    /// <summary>The statement to run instead; null for any other cursor.</summary>
    internal static byte[]? Declare(PlanContext context)
    {
        if (context.Tree.DeclareCursorStmt is not { Query.SelectStmt: { } query } declare || (declare.Options & ScrollOption) != 0 || !IsSimple(context, query))
            return null;
        var range = query.FromClause[0].RangeVar;
        var table = context.TableOf(range)!;
        if (context.Analyzer.AnalyzeSelect(query, null, CommonTables.None).Outputs is not { Count: > 0 } outputs
            || context.Ask($"SELECT pg_catalog.has_table_privilege({table.Relation}::pg_catalog.oid, 'SELECT')") is not [["t"]])
        {
            return null;
        }

        var rows = query.Clone();
        rows.FromClause[0].RangeVar.Inh = true;
        rows.TargetList.Add([Trees.Target(Trees.Column(range.NameInQuery(), "ctid")), Trees.Target(Trees.Column(range.NameInQuery(), "tableoid"))]);
        if (!Deparser.TryDeparseFaithfully(new Node { SelectStmt = rows }, out var inner))
            return null;
        var setting = CursorRow.Of(table.Relation, query.LockingClause.Count > 0, declare.Portalname).Setting;
        var names = Enumerable.Range(0, outputs.Count).Select(Trees.ColumnName).ToList();
        var outer =
            $"""
            SELECT {string.Join(", ", names.Select((n, i) => $"{n} AS {ShardNames.Quote(outputs[i].Name)}"))}
            FROM (SELECT tangelo_rows.*, pg_catalog.row_number() OVER () AS tangelo_number FROM ({inner}) tangelo_rows ({string.Join(", ", names)}, tangelo_ctid, tangelo_tableoid)) tangelo_numbered
            WHERE pg_catalog.set_config('{setting}', pg_catalog.concat_ws(' ', tangelo_number, tangelo_ctid, tangelo_tableoid), true) IS NOT NULL
            """;
        var noting = declare.Clone();
        noting.Query = SqlParser.ParseOne(outer).Tree;

        // pg_cursors shows what the client has written.
        return Deparser.TryDeparseFaithfully(new Node { DeclareCursorStmt = noting }, out var sql)
            ? Encoding.UTF8.GetBytes(sql + NotedText.Source(context.Request.Statement.Text))
            : null;
    }

    // What PostgreSQL calls a simply updatable scan. Sorted rows are one where they are locked, or where there is an index, which nobody knows here.
    private static bool IsSimple(PlanContext context, SelectStmt query) =>
        query is { Op: SetOperation.SetopNone, IntoClause: null, WithClause: null, HavingClause: null, GroupClause.Count: 0, WindowClause.Count: 0, DistinctClause.Count: 0, ValuesLists.Count: 0 }
        && query.FromClause is [{ RangeVar: { } range }] && context.TableOf(range) is { IsLocal: false }
        && !Syntax.OfLevel<FuncCall>(Syntax.OutputExpressions(query)).Exists(c => c.Over is not null || context.Analyzer.Functions.IsAggregate(c));
}
