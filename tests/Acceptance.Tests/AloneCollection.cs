namespace Tangelo.Acceptance.Tests;

/// <summary>Tests with limits of time or of memory, or that want the whole machine: they run one after another, when all others are over.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
