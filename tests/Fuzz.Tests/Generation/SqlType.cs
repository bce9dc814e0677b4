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
