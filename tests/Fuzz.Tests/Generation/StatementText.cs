namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>A query and what it gives.</summary>
/// <param name="Sql">Its text, without brackets.</param>
/// <param name="Types">The types of its first columns.</param>
/// <param name="IsOrdered">Whether every row has its place.</param>
internal sealed record QueryText(string Sql, IReadOnlyList<SqlType> Types, bool IsOrdered);

/// <summary>A statement of a case.</summary>
/// <param name="Sql">Its text.</param>
/// <param name="IsOrdered">Whether the order of its rows counts.</param>
/// <param name="Parameters">The values of its parameters.</param>
internal sealed record StatementText(string Sql, bool IsOrdered, IReadOnlyList<string> Parameters)
{
    public override string ToString() => Sql + (Parameters.Count == 0 ? "" : $" /* {string.Join(", ", Parameters)} */");
}
