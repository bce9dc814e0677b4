using Google.Protobuf.Collections;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Server.Loopback;

/// <summary>
/// A query or change of a partition, as postgres_fdw sends it, for a table around the partition: limited to the partition's bounds, which no other row of that table fulfils.
/// </summary>
internal static class AroundPartition
{
    // The bounds of a partition by hash name the table that it belongs to, which is another one on each shard.
    private const string HashBound = "satisfies_hash_partition";

    /// <summary>The statement for the other tables; null where it cannot be written.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="around">What takes the place of each partition, by the name that the loopback has for it.</param>
    public static ParsedStatement? Rewrite(ParsedStatement statement, IReadOnlyDictionary<string, TableAround> around)
    {
        var tree = statement.Tree.Clone();
        var isAlone = RelationReferences.Collect(tree).Length == 1;
        if (isAlone && around.Values.Single() is { Bound: { } bound, Table: var table })
        {
            TreeWalker.Visit(tree, message =>
            {
                if (message is RangeVar name)
                    name.Relname = NameOf(table);
                return true;
            });
            Limit(tree, bound);
        }
        else
        {
            TreeWalker.Visit(tree, message =>
            {
                foreach (var item in (message as SelectStmt)?.FromClause ?? [])
                    Replace(item, around);
                return true;
            });
        }

        return Deparser.TryDeparseFaithfully(tree, out var sql) ? SqlParser.ParseOne(sql) : null;
    }

    /// <summary>True where the bounds can be written.</summary>
    public static bool CanLimit(TableAround around) => around.Bound is { } bound && !bound.Contains(HashBound, StringComparison.Ordinal);

    private static void Limit(Node tree, string bound)
    {
        var condition = SqlParser.ParseExpression(bound);
        switch (tree.NodeCase)
        {
            case Node.NodeOneofCase.SelectStmt:
                tree.SelectStmt.WhereClause = And(condition, tree.SelectStmt.WhereClause);
                break;
            case Node.NodeOneofCase.UpdateStmt:
                tree.UpdateStmt.WhereClause = And(condition, tree.UpdateStmt.WhereClause);
                break;
            case Node.NodeOneofCase.DeleteStmt:
                tree.DeleteStmt.WhereClause = And(condition, tree.DeleteStmt.WhereClause);
                break;
        }
    }

    private static Node And(Node condition, Node? other)
    {
        if (other is null)
            return condition;
        var and = new BoolExpr { Boolop = BoolExprType.AndExpr };
        and.Args.Add(Arguments(condition));
        and.Args.Add(Arguments(other));
        return new Node { BoolExpr = and };
    }

    // As PostgreSQL reads it: AND within AND is one.
    private static RepeatedField<Node> Arguments(Node condition) => condition.BoolExpr is { Boolop: BoolExprType.AndExpr } and ? and.Args : [condition];

    private static void Replace(Node item, IReadOnlyDictionary<string, TableAround> around)
    {
        if (item.JoinExpr is { } join)
        {
            Replace(join.Larg, around);
            Replace(join.Rarg, around);
        }
        else if (item.RangeVar is { } name && around.TryGetValue(name.Relname, out var found))
        {
            var select = SqlParser.ParseOne($"SELECT * FROM {LoopbackQueries.Schema}.{NameOf(found.Table)} WHERE {found.Bound}").Tree;
            item.RangeSubselect = new RangeSubselect { Subquery = select, Alias = name.Alias ?? new Alias { Aliasname = name.Relname } };
        }
    }

    private static string NameOf(DistributedTable table) => $"t{table.Relation.Value}";
}
