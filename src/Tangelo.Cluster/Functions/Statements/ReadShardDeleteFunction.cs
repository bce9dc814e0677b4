using System.Text.Json;
using PgQuery;
using Tangelo.Core;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Statements;

/// <summary>
/// Reads a DELETE that is to take whole shards: <c>{"sql"}</c> gives <c>{"schema", "name", "columns", "condition"}</c>. The condition is about
/// <c>tangelo_min</c> and <c>tangelo_max</c>, and holds only where the client's holds for every value between them; null where the client gave none.
/// </summary>
internal sealed class ReadShardDeleteFunction : IClusterFunction
{
    public string Name => "read_shard_delete";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var parsed = SqlParser.ParseOne(args.GetProperty("sql").GetString()!);
        if (parsed.Tree.DeleteStmt is not { } delete)
            throw new PgException(SqlState.InvalidParameterValue, "the command is not a DELETE");
        if (delete.UsingClause.Count > 0 || delete.ReturningList.Count > 0 || delete.WithClause is not null)
            throw Refuse("The command may have a WHERE clause and nothing else.");
        var columns = new HashSet<string>();
        var condition = delete.WhereClause is { } where ? Deparser.DeparseExpression(OfAll(where, columns)) : null;
        var schema = delete.Relation.Schemaname.Length == 0 ? null : delete.Relation.Schemaname;
        return Task.FromResult<IReadOnlyList<string>>(
            [JsonSerializer.Serialize(new { schema, name = delete.Relation.Relname, columns, condition })]);
    }

    // AND and OR of what holds for all values holds for all of them, too.
    private static Node OfAll(Node condition, HashSet<string> columns)
    {
        if (condition is { BoolExpr: { Boolop: BoolExprType.AndExpr or BoolExprType.OrExpr } parts })
        {
            var both = new BoolExpr { Boolop = parts.Boolop };
            both.Args.Add(parts.Args.Select(a => OfAll(a, columns)));
            return new Node { BoolExpr = both };
        }

        if (condition.AExpr is not { } comparison)
            throw Refuse("Where clause must compare the partition column with constants");
        return OfComparison(comparison, columns);
    }

    private static Node OfComparison(A_Expr comparison, HashSet<string> columns)
    {
        var name = comparison.Name.Count == 1 ? comparison.Name[0].String.Sval : "";
        var isLeft = ColumnOf(comparison.Lexpr) is not null;
        if ((ColumnOf(comparison.Lexpr) ?? ColumnOf(comparison.Rexpr)) is not { } column)
            throw Refuse("Where clause must compare the partition column with constants");
        columns.Add(column);
        return comparison.Kind switch
        {
            A_Expr_Kind.AexprOp when name is "<" or "<=" or ">" or ">=" or "=" => And(With(comparison, isLeft, "tangelo_min"), With(comparison, isLeft, "tangelo_max")),
            A_Expr_Kind.AexprBetween when isLeft => And(With(comparison, isLeft, "tangelo_min"), With(comparison, isLeft, "tangelo_max")),
            A_Expr_Kind.AexprIn when isLeft && name == "=" => And(With(comparison, isLeft, "tangelo_min"), Compare(Column("tangelo_min"), "=", Column("tangelo_max"))),
            A_Expr_Kind.AexprOp when name == "<>" && isLeft => Or(
                Compare(Column("tangelo_max"), "<", comparison.Rexpr.Clone()), Compare(Column("tangelo_min"), ">", comparison.Rexpr.Clone())),
            _ => throw Refuse($"Where clause has a comparison that says nothing of whole shards: {Deparser.DeparseExpression(new Node { AExpr = comparison })}"),
        };
    }

    private static string? ColumnOf(Node? node) => node is { ColumnRef: { Fields.Count: > 0 } reference } ? reference.Fields[^1].String?.Sval : null;

    private static Node With(A_Expr comparison, bool isLeft, string column)
    {
        var copy = comparison.Clone();
        if (isLeft)
            copy.Lexpr = Column(column);
        else
            copy.Rexpr = Column(column);
        return new Node { AExpr = copy };
    }

    private static Node Column(string name)
    {
        var reference = new ColumnRef();
        reference.Fields.Add(new Node { String = new PgQuery.String { Sval = name } });
        return new Node { ColumnRef = reference };
    }

    private static Node Compare(Node left, string op, Node right)
    {
        var comparison = new A_Expr { Kind = A_Expr_Kind.AexprOp, Lexpr = left, Rexpr = right };
        comparison.Name.Add(new Node { String = new PgQuery.String { Sval = op } });
        return new Node { AExpr = comparison };
    }

    private static Node And(Node left, Node right) => Join(BoolExprType.AndExpr, left, right);

    private static Node Or(Node left, Node right) => Join(BoolExprType.OrExpr, left, right);

    private static Node Join(BoolExprType kind, Node left, Node right)
    {
        var joined = new BoolExpr { Boolop = kind };
        joined.Args.Add(left);
        joined.Args.Add(right);
        return new Node { BoolExpr = joined };
    }

    private static PgException Refuse(string detail) => new(SqlState.FeatureNotSupported, "cannot delete from distributed table", detail, "Use DELETE.");
}
