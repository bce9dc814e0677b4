using System.Text;
using PgQuery;
using Tangelo.Planning.Recursive;
using Tangelo.Planning.Views;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>
/// Parameters of the client's in ON CONFLICT DO UPDATE where the coordinator runs the INSERT: a trigger of the shell carries out the clause and does not
/// see them. The one row that is inserted keeps them in a setting before.
/// </summary>
internal static class UpsertParameters
{
    /// <summary>The text that keeps them; null where there are none, or no place for it.</summary>
    internal static byte[]? Keep(PlanContext context)
    {
        if (context.Request.ParameterTypes.IsEmpty)
            return null;
        var copy = context.Tree.Clone();
        var keeps = false;
        TreeWalker.Visit(copy, message =>
        {
            if (message is InsertStmt { OnConflictClause.Action: OnConflictAction.OnconflictUpdate, Relation: { } target } insert && ColumnsOf(context, target) is { } columns)
                keeps |= Keep(context, insert, columns);
            return true;
        });
        return keeps && Deparser.TryDeparseFaithfully(copy, out var sql) ? Encoding.UTF8.GetBytes(sql) : null;
    }

    // A view may lead to a distributed table.
    private static IReadOnlyList<string>? ColumnsOf(PlanContext context, RangeVar target)
    {
        if (context.TableOf(target) is { } table)
            return [.. table.Columns.Select(c => c.Name)];
        return context.Request.Relations.TryGetValue(new RelationName(target.Schemaname, target.Relname), out var relation) && ViewRows.IsView(relation)
            ? [.. context.Request.Ask($"SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = {relation.Oid} AND attnum > 0 ORDER BY attnum").Select(r => r[0]!)]
            : null;
    }

    private static bool Keep(PlanContext context, InsertStmt insert, IReadOnlyList<string> columns)
    {
        var numbers = new SortedSet<int>();
        TreeWalker.Visit(insert.OnConflictClause, message =>
        {
            if (message is ParamRef parameter)
                numbers.Add(parameter.Number);
            return true;
        });
        if (numbers.Count == 0 || insert.SelectStmt?.SelectStmt is not { Op: SetOperation.SetopNone, FromClause.Count: 0, GroupClause.Count: 0, HavingClause: null } source)
            return false;
        if (source.ValuesLists is [{ List: { } row }])
            return AsSelect(insert, source, [.. row.Items], columns, Call(context, numbers));
        if (source.ValuesLists.Count > 0 || source.TargetList.Any(t => TreeWalker.Any(t, m => m is FuncCall)))
            return false;
        source.WhereClause = ConditionList.And(source.WhereClause, Call(context, numbers));
        return true;
    }

    // A SELECT may have a condition, which PostgreSQL looks at before it gives the row. It knows no DEFAULT: such columns are left out.
    private static bool AsSelect(InsertStmt insert, SelectStmt source, List<Node> items, IReadOnlyList<string> all, Node call)
    {
        if (insert.Cols.Count == 0)
            insert.Cols.AddRange(all.Take(items.Count).Select(c => new Node { ResTarget = new ResTarget { Name = c } }));
        if (insert.Cols.Count != items.Count || items.TrueForAll(i => i.SetToDefault is not null))
            return false;
        var columns = insert.Cols.Where((_, i) => items[i].SetToDefault is null).ToList();
        insert.Cols.Clear();
        insert.Cols.AddRange(columns);
        source.ValuesLists.Clear();
        source.TargetList.AddRange(items.Where(i => i.SetToDefault is null).Select(i => new Node { ResTarget = new ResTarget { Val = i } }));
        source.WhereClause = call;
        return true;
    }

    // Each has the type that PostgreSQL has found for it.
    private static Node Call(PlanContext context, SortedSet<int> numbers)
    {
        var types = context.Request.Ask(
            "SELECT " + string.Join(", ", numbers.Select(n => $"pg_catalog.format_type({context.Request.ParameterTypes[n - 1].Value}, NULL)")))[0];
        var values = numbers.Zip(types, (n, type) => $"(${n}::{type})::text");
        return SqlParser.ParseExpression($"pg_catalog.tangelo_keep_parameters(ARRAY[{string.Join(", ", values)}])");
    }
}
