using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>
/// INSERT ... VALUES whose values the shards cannot compute (a sequence, a function of the user's, a key that is an expression): a
/// query computes the rows, and they are then sent like those of INSERT ... SELECT.
/// </summary>
internal static class ComputedRowsPlanner
{
    internal static PlanResult Plan(PlanContext context, InsertStmt insert, InsertTarget target, List<IReadOnlyList<Node>> rows, string why)
    {
        if (target.Columns.IsEmpty)
            return Rejection.Unsupported(why);
        var values = new SelectStmt { LimitOption = LimitOption.Default, Op = SetOperation.SetopNone };
        foreach (var row in rows)
        {
            var list = new PgQuery.List();
            for (var i = 0; i < row.Count; i++)
            {
                if (Value(row[i], target.Columns[i]) is not { } value)
                    return Rejection.Unsupported(why);
                list.Items.Add(value);
            }

            values.ValuesLists.Add(new Node { List = list });
        }

        return RowsPlanner.Plan(context, insert, target, new Node { SelectStmt = values }, why);
    }

    private static Node? Value(Node value, TableColumn column)
    {
        if (InsertTarget.IsDefault(value))
            value = column.Default is null ? new Node { AConst = new A_Const { Isnull = true } } : SqlParser.ParseExpression(column.Default);
        // ROW(...) has no type of its own either; the shards would be given a record.
        return value.NodeCase == Node.NodeOneofCase.RowExpr ? Casts.To(value, column.TypeName) : Casts.ToColumn(value, column);
    }
}
