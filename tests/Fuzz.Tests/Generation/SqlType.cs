namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>The types that generated expressions have.</summary>
internal enum SqlType
{
    Int,
    Big,
    Num,
    Text,
    Date,
    Bool,
    Float,
}

/// <summary>The types by PostgreSQL's names.</summary>
internal static class SqlTypes
{
    public static string Name(this SqlType type) => type switch
    {
        SqlType.Int => "int",
        SqlType.Big => "bigint",
        SqlType.Num => "numeric",
        SqlType.Text => "text",
        SqlType.Date => "date",
        SqlType.Bool => "boolean",
        _ => "float8",
    };
}
