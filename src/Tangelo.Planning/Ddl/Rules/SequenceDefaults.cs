using Google.Protobuf;
using PgQuery;
using Tangelo.Planning.Ddl.Writing;

namespace Tangelo.Planning.Ddl.Rules;

/// <summary>Finds defaults that take values of a sequence: sequences live on the coordinator, so shards never have such a default.</summary>
internal static class SequenceDefaults
{
    private static readonly HashSet<string> Functions = ["nextval", "currval", "lastval", "setval"];
    private static readonly HashSet<string> SerialTypes = ["serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"];

    /// <summary>True when the expression calls a sequence function.</summary>
    public static bool UsesSequence(IMessage? expression) =>
        SyntaxNodes.All<FuncCall>(expression).Any(f => Functions.Contains(f.Funcname[^1].String.Sval));

    /// <summary>True for serial and its relatives, which are no types but a default.</summary>
    public static bool IsSerial(TypeName type) =>
        type.Names.Count == 1 && SerialTypes.Contains(type.Names[0].String.Sval);

    /// <summary>Makes serial the integer type that it stands for.</summary>
    public static void MakePlain(TypeName type)
    {
        var size = type.Names[0].String.Sval switch
        {
            "serial2" or "smallserial" => "int2",
            "serial" or "serial4" => "int4",
            _ => "int8",
        };
        type.Names.Clear();
        type.Names.Add(SyntaxNodes.String("pg_catalog"));
        type.Names.Add(SyntaxNodes.String(size));
    }
}
