using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>Gives literals and parameters of a source query the type that they would have taken from the target column.</summary>
internal static class Casts
{
    /// <summary><paramref name="value"/>, cast to the column's type without its modifier if it has no type of its own.</summary>
    internal static Node ToColumn(Node value, TableColumn column)
    {
        var isUntyped = value.NodeCase == Node.NodeOneofCase.ParamRef
            || (value.NodeCase == Node.NodeOneofCase.AConst && (value.AConst.Isnull || value.AConst.ValCase == A_Const.ValOneofCase.Sval));
        return isUntyped ? To(value, InsertTarget.BaseType(column)) : value.Clone();
    }

    /// <summary><paramref name="value"/>::<paramref name="type"/>, the type as format_type writes it.</summary>
    internal static Node To(Node value, string type)
    {
        var cast = SqlParser.ParseExpression($"NULL::{type}");
        cast.TypeCast.Arg = value.Clone();
        return cast;
    }
}
