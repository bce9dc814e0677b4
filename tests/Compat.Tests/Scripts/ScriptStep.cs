namespace Tangelo.Compat.Tests.Scripts;

/// <summary>One thing that a script does. Lines count from 1.</summary>
internal abstract record ScriptStep(int Line);

/// <summary>Goes on with another session, opened when first named; the first one is "main".</summary>
internal sealed record UseSession(int Line, string Name) : ScriptStep(Line);

/// <summary>A statement for one side only; it has to succeed there and its answer is not compared.</summary>
internal sealed record OneSided(int Line, bool OnCluster, string Sql) : ScriptStep(Line);

/// <summary>A step that runs on both sides and is compared.</summary>
internal abstract record Compared(int Line, string Sql, StepOptions Options) : ScriptStep(Line);

/// <summary>One statement, with the data of its COPY FROM STDIN if it is one.</summary>
internal sealed record SingleStatement(int Line, string Sql, StepOptions Options, byte[]? CopyData) : Compared(Line, Sql, Options);

/// <summary>Several statements sent as one simple query.</summary>
internal sealed record Batch(int Line, string Sql, StepOptions Options) : Compared(Line, Sql, Options);

/// <summary>Several statements sent with the extended protocol and one Sync at the end.</summary>
internal sealed record Pipeline(int Line, IReadOnlyList<string> Statements, StepOptions Options)
    : Compared(Line, string.Join("\n", Statements), Options);
