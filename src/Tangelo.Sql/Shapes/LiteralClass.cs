namespace Tangelo.Sql.Shapes;

/// <summary>The type that PostgreSQL gives a literal by its form alone.</summary>
public enum LiteralClass : byte
{
    /// <summary>Digits that fit int4.</summary>
    Int4 = 1,

    /// <summary>Digits that fit int8 only.</summary>
    Int8 = 2,

    /// <summary>Any other number.</summary>
    Numeric = 3,

    /// <summary>A quoted string: of unknown type until its context is known.</summary>
    String = 4,
}
