using PgQuery;

namespace Tangelo.Planning.Analysis;

/// <summary>Type names as the parser leaves them.</summary>
internal static class TypeNames
{
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
