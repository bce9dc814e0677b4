using System.Collections.Frozen;
using PgQuery;
using Tangelo.Planning.Analysis;
using Tangelo.Planning.Inserts;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine.Aggregates;

/// <summary>
/// Aggregates that put values one after the other: the shards make a piece each, and the coordinator joins the pieces. Without ORDER BY any order of the
/// values is right, as long as it is the same for all aggregates of a query: that of the pieces.
/// </summary>
internal sealed class CollectionSplit : IAggregateSplit
{
    public IReadOnlySet<string> Names { get; } = new[]
    {
        "array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg",
    }.ToFrozenSet();

    public Node? Split(FuncCall call, FirstPhase phase)
    {
        Node Piece() => phase.Partial(new Node { FuncCall = call });
        return (Syntax.FunctionName(call), call.Args.Count) switch
        {
            ("xmlagg", 1) => Trees.Call("xmlagg", Piece()),
            ("array_agg", 1) when IsPlainValue(call.Args[0], phase) => Trees.Call("tangelo_array_agg", Piece()),
            ("string_agg", 2) when IsSameInEveryRow(call.Args[1], phase) => Trees.Call("string_agg", Piece(), call.Args[1].Clone()),
            ("json_agg", 1) when IsPlainValue(call.Args[0], phase) => Joined(Piece(), "[", "]", "json"),
            ("jsonb_agg", 1) => Joined(Piece(), "[", "]", "jsonb"),
            ("json_object_agg", 2) => Joined(Piece(), "{ ", " }", "json"),
            ("jsonb_object_agg", 2) => Joined(Piece(), "{", "}", "jsonb"),
            _ => null,
        };
    }

    // Arrays must all have the same dimensions, and json_agg writes those and rows on lines of their own: that is seen over all rows only.
    private static bool IsPlainValue(Node argument, FirstPhase phase) =>
        PgTypes.NameOf(phase.TypeOf(argument)) is { } name && !name.EndsWith("[]", StringComparison.Ordinal);

    // The coordinator puts it between the pieces.
    private static bool IsSameInEveryRow(Node delimiter, FirstPhase phase) =>
        Syntax.OfLevel<ColumnRef>([delimiter]).Count == 0 && Syntax.OfLevel<SubLink>([delimiter]).Count == 0
        && Syntax.OfLevel<FuncCall>([delimiter]).TrueForAll(c => !phase.IsVolatile(c));

    // The text of each piece without its brackets: it has one element at least.
    private static Node Joined(Node piece, string open, string close, string type)
    {
        var text = Casts.To(piece, "text");
        var length = Trees.Operator("-", Trees.Call("length", text.Clone()), Trees.Integer(open.Length + close.Length));
        var inside = Trees.Call("substr", text, Trees.Integer(open.Length + 1), length);
        var all = Trees.Operator("||", Trees.Operator("||", Trees.Text(open), Trees.Call("string_agg", inside, Trees.Text(", "))), Trees.Text(close));
        return Casts.To(all, type);
    }
}
