using PgQuery;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Cluster.Functions.Writes;

/// <summary>The client's parameters that an INSERT keeps in a setting for its ON CONFLICT clause, by a call of tangelo_keep_parameters.</summary>
internal sealed class KeptParameters
{
    private readonly List<TypeCast> _kept = [];

    public KeptParameters(InsertStmt insert)
    {
        if (insert.SelectStmt?.SelectStmt?.WhereClause is not { } condition)
            return;
        TreeWalker.Visit(condition, message =>
        {
            if (message is FuncCall call && call.Funcname[^1].String.Sval == "tangelo_keep_parameters")
                _kept.AddRange(call.Args[0].AArrayExpr.Elements.Select(e => e.TypeCast.Arg.TypeCast));
            return true;
        });
    }

    /// <summary>True where there are some: the INSERT is of one row.</summary>
    public bool Any => _kept.Count > 0;

    /// <summary>The expression for a parameter, or null for one that is not kept.</summary>
    public Node? Value(int number)
    {
        var index = _kept.FindIndex(k => k.Arg.ParamRef.Number == number);
        if (index < 0)
            return null;
        var text = SqlParser.ParseExpression($"(pg_catalog.current_setting('tangelo.parameters')::text[])[{index + 1}]");
        return new Node { TypeCast = new TypeCast { Arg = text, TypeName = _kept[index].TypeName.Clone() } };
    }
}
