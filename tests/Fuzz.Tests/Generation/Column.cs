namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>A column that an expression may name.</summary>
/// <param name="Text">How it is written.</param>
/// <param name="Type">Its type.</param>
internal sealed record Column(string Text, SqlType Type);
