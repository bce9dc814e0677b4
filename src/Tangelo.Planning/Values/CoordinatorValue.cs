using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Values;

/// <summary>The type of a value that the coordinator gives for a whole statement: its OID and its name in pg_catalog.</summary>
internal readonly record struct ValueType(uint Oid, string Name, bool IsArray = false);

/// <summary>
/// Expressions that have one value for a whole statement and that only the coordinator may compute: the time of the transaction, the user, the
/// session's place. Nodes would each have their own.
/// </summary>
internal static class CoordinatorValue
{
    private static readonly ValueType Timestamptz = new(1184, "timestamptz");
    private static readonly ValueType Name = new(19, "name");
    private static readonly ValueType Text = new(25, "text");
    private static readonly ValueType Int4 = new(23, "int4");
    private static readonly ValueType Int8 = new(20, "int8");

    private static readonly Dictionary<string, (ValueType Type, int MaxArguments)> Functions = new()
    {
        ["now"] = (Timestamptz, 0),
        ["transaction_timestamp"] = (Timestamptz, 0),
        ["statement_timestamp"] = (Timestamptz, 0),
        ["current_database"] = (Name, 0),
        ["current_schema"] = (Name, 0),
        ["current_schemas"] = (new ValueType(1003, "name", IsArray: true), 1),
        ["current_setting"] = (Text, 2),
        ["version"] = (Text, 0),
        ["pg_backend_pid"] = (Int4, 0),
        ["txid_current"] = (Int8, 0),
        ["txid_current_if_assigned"] = (Int8, 0),
        ["pg_current_xact_id"] = (new ValueType(5069, "xid8"), 0),
        ["pg_current_xact_id_if_assigned"] = (new ValueType(5069, "xid8"), 0),
        ["pg_postmaster_start_time"] = (Timestamptz, 0),
        ["pg_is_in_recovery"] = (new ValueType(16, "bool"), 0),
        ["inet_client_addr"] = (new ValueType(869, "inet"), 0),
        ["inet_client_port"] = (Int4, 0),
        ["inet_server_addr"] = (new ValueType(869, "inet"), 0),
        ["inet_server_port"] = (Int4, 0),
    };

    // What a cast to these reads as the present.
    private static readonly string[] Moments = ["now", "today", "tomorrow", "yesterday"];

    private static readonly Dictionary<string, ValueType> MomentTypes = new()
    {
        ["timestamptz"] = Timestamptz,
        ["timestamp"] = new ValueType(1114, "timestamp"),
        ["date"] = new ValueType(1082, "date"),
        ["time"] = new ValueType(1083, "time"),
        ["timetz"] = new ValueType(1266, "timetz"),
    };

    /// <summary>The type of <paramref name="node"/> if it is such an expression; else null.</summary>
    internal static ValueType? TypeOf(Node node) => node.NodeCase switch
    {
        Node.NodeOneofCase.SqlvalueFunction => TypeOf(node.SqlvalueFunction.Op),
        Node.NodeOneofCase.FuncCall => TypeOf(node.FuncCall),
        Node.NodeOneofCase.TypeCast when TypeNames.BuiltIn(node.TypeCast.TypeName) is { } name && node.TypeCast.TypeName.ArrayBounds.Count == 0
            && MomentTypes.TryGetValue(name, out var type) && IsMoment(node.TypeCast.Arg) => type,
        _ => null,
    };

    private static ValueType? TypeOf(SQLValueFunctionOp op) => op switch
    {
        SQLValueFunctionOp.SvfopCurrentDate => MomentTypes["date"],
        SQLValueFunctionOp.SvfopCurrentTime or SQLValueFunctionOp.SvfopCurrentTimeN => MomentTypes["timetz"],
        SQLValueFunctionOp.SvfopCurrentTimestamp or SQLValueFunctionOp.SvfopCurrentTimestampN => Timestamptz,
        SQLValueFunctionOp.SvfopLocaltime or SQLValueFunctionOp.SvfopLocaltimeN => MomentTypes["time"],
        SQLValueFunctionOp.SvfopLocaltimestamp or SQLValueFunctionOp.SvfopLocaltimestampN => MomentTypes["timestamp"],
        SQLValueFunctionOp.SvfopCurrentRole or SQLValueFunctionOp.SvfopCurrentUser or SQLValueFunctionOp.SvfopUser
            or SQLValueFunctionOp.SvfopSessionUser or SQLValueFunctionOp.SvfopCurrentCatalog or SQLValueFunctionOp.SvfopCurrentSchema => Name,
        _ => null,
    };

    private static ValueType? TypeOf(FuncCall call)
    {
        if (call.Over is not null || call.Funcname.Count > 2 || (call.Funcname.Count == 2 && call.Funcname[0].String.Sval != "pg_catalog"))
            return null;
        return Functions.TryGetValue(Syntax.FunctionName(call), out var known) && call.Args.Count <= known.MaxArguments && call.Args.All(IsConstant)
            ? known.Type
            : null;
    }

    private static bool IsConstant(Node node) => node.NodeCase switch
    {
        Node.NodeOneofCase.AConst => true,
        Node.NodeOneofCase.TypeCast => TypeNames.BuiltIn(node.TypeCast.TypeName) is not null && IsConstant(node.TypeCast.Arg),
        _ => false,
    };

    private static bool IsMoment(Node node) => node.NodeCase switch
    {
        Node.NodeOneofCase.TypeCast => TypeNames.BuiltIn(node.TypeCast.TypeName) == "text" && IsMoment(node.TypeCast.Arg),
        Node.NodeOneofCase.AConst => node.AConst.ValCase == A_Const.ValOneofCase.Sval
            && Moments.Any(m => node.AConst.Sval.Sval.Contains(m, StringComparison.OrdinalIgnoreCase)),
        _ => false,
    };
}
