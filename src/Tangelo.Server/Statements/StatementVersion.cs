namespace Tangelo.Server.Statements;

/// <summary>What a compiled statement depended on: it holds as long as all of it is the same.</summary>
/// <param name="MapVersion">The map.</param>
/// <param name="SchemaVersion">The schema.</param>
/// <param name="Names">What decides on names (see <see cref="PlanKey"/>); null where no table is distributed.</param>
internal readonly record struct StatementVersion(long MapVersion, long SchemaVersion, object? Names);
