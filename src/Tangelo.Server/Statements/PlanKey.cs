namespace Tangelo.Server.Statements;

/// <summary>What a plan depends on, the versions of map and schema among it: a stale plan is never found.</summary>
/// <param name="Text">The statement's text, or the shape it was parameterised from.</param>
/// <param name="Types">Declared parameter types, as text.</param>
/// <param name="Names">Decides what names mean: the session's settings, or a session's own object once it has temporary objects.</param>
/// <param name="MapVersion">The map.</param>
/// <param name="SchemaVersion">The schema.</param>
internal readonly record struct PlanKey(string Text, string Types, object Names, string User, long MapVersion, long SchemaVersion);
