namespace Tangelo.Sql.Shapes;

/// <summary>What <see cref="ShapeScanner"/> found in a text.</summary>
/// <param name="Key">
/// A hash of the normalized text, with a seed of this process: equal for texts that differ in candidate literals of the same classes,
/// whitespace, comments, and the case of words only.
/// </param>
/// <param name="LiteralCount">How many literals were recorded.</param>
/// <param name="NormalizedLength">How many bytes of the normalized text were written.</param>
/// <param name="HasParameters">The text has a $n of its own.</param>
/// <param name="HasBackslash">
/// A plain string has a backslash. The scan reads it as PostgreSQL does with standard_conforming_strings on; with that off the scan is void.
/// </param>
/// <param name="HasSeveralStatements">A semicolon stands before the last statement.</param>
public readonly record struct ShapeScan(
    UInt128 Key, int LiteralCount, int NormalizedLength, bool HasParameters, bool HasBackslash, bool HasSeveralStatements);
