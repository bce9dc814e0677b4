namespace Tangelo.Harness;

/// <summary>What a test wants of its cluster.</summary>
public sealed record TestClusterOptions
{
    public int Workers { get; init; } = 2;

    /// <summary>Lines for postgresql.conf of every node.</summary>
    public IReadOnlyList<string> NodeSettings { get; init; } = [];

    /// <summary>Further options of <c>tangelo up</c>.</summary>
    public IReadOnlyList<string> RouterArguments { get; init; } = [];

    /// <summary>How long the first start may take.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(90);
}
