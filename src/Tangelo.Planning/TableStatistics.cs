namespace Tangelo.Planning;

/// <summary>What is known of the rows of a distributed table: figures to choose by, never to rely on.</summary>
/// <param name="Rows">How many there are.</param>
/// <param name="DistinctValues">How many values a column has, by its name; columns of which nothing is known are not in it.</param>
public sealed record TableStatistics(double Rows, IReadOnlyDictionary<string, double> DistinctValues);
