using System.Collections.Frozen;
using PgQuery;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// Finds what makes text of a value in the form that the session's settings ask for (DateStyle, extra_float_digits).
/// </summary>
internal static class TextMakers
{
    private static readonly FrozenSet<string> Types = new[] { "text", "varchar", "bpchar", "char", "name", "json", "jsonb", "xml", "citext" }.ToFrozenSet();

    private static readonly FrozenSet<string> Functions = new[]
    {
        "concat", "concat_ws", "format", "array_to_string", "string_agg", "quote_literal", "quote_nullable", "text", "varchar", "bpchar", "name", "length", "md5", "left",
        "right", "substring", "substr", "replace", "row_to_json", "array_to_json", "xmlagg",
    }.ToFrozenSet();

    /// <summary>True when the statement may hold such a thing.</summary>
    internal static bool Any(Node statement) => TreeWalker.Any(statement, message => message switch
    {
        TypeCast { Arg.NodeCase: not (Node.NodeOneofCase.AConst or Node.NodeOneofCase.ParamRef) } cast => Types.Contains(TypeNames.LastPart(cast.TypeName)),
        A_Expr { Name: [{ String.Sval: "||" or "~~" or "~~*" or "~" or "~*" }] } => true,
        FuncCall call => Syntax.FunctionName(call) is var name
            && (Functions.Contains(name) || name.StartsWith("json", StringComparison.Ordinal) || name.StartsWith("to_json", StringComparison.Ordinal)),
        XmlExpr or XmlSerialize => true,
        _ => false,
    });
}
