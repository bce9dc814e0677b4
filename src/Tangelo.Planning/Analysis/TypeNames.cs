using System.Collections.Frozen;
using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>Type names as the parser leaves them.</summary>
internal static class TypeNames
{
    private static readonly FrozenSet<string> EveryServerHas = (
        "aclitem any anyarray anyelement anyenum anymultirange anynonarray anyrange bit bool box bpchar bytea char cid "
        + "cidr circle date datemultirange daterange float4 float8 gtsvector inet int2 int2vector int4 int4multirange "
        + "int4range int8 int8multirange int8range interval json jsonb jsonpath line lseg macaddr macaddr8 money name "
        + "numeric nummultirange numrange oid oidvector path pg_lsn pg_snapshot point polygon record refcursor text tid "
        + "time timestamp timestamptz timetz tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot "
        + "unknown uuid varbit varchar void xid xid8 xml ").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet();

    /// <summary>True for a type of pg_catalog, or an array of one: every server has it.</summary>
    internal static bool IsOnEveryServer(TypeName type) =>
        type.Names.Count is 1 or 2
        && (type.Names.Count == 1 || type.Names[0].String.Sval == "pg_catalog")
        && EveryServerHas.Contains(LastPart(type).TrimStart('_'));

    /// <summary>The name of a type of pg_catalog (element type for an array), or null when it may be the user's.</summary>
    internal static string? BuiltIn(TypeName type)
    {
        if (type.Setof || type.PctType)
            return null;
        var name = type.Names.Count switch
        {
            1 => type.Names[0].String.Sval,
            2 when type.Names[0].String.Sval == "pg_catalog" => type.Names[1].String.Sval,
            _ => null,
        };
        return name is not null && PgTypes.OidOf(name).Value != 0 ? name : null;
    }

    /// <summary>The last part of the name.</summary>
    internal static string LastPart(TypeName type) => type.Names.Count == 0 ? "" : type.Names[^1].String.Sval;
}
