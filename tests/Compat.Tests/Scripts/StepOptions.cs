namespace Tangelo.Compat.Tests.Scripts;

/// <summary>What the comments above a step ask for.</summary>
internal sealed record StepOptions
{
    /// <summary>The options of a step that has no comment above it.</summary>
    public static StepOptions None { get; } = new();

    /// <summary>Whether the order of rows counts; null leaves it to a top-level ORDER BY.</summary>
    public bool? Ordered { get; init; }

    /// <summary>Aspects that are not compared, as named in <see cref="Comparison.Aspect"/>.</summary>
    public IReadOnlySet<string> Ignored { get; init; } = new HashSet<string>();

    /// <summary>Why the two sides are known to differ. The step fails if they do not.</summary>
    public string? Differs { get; init; }

    /// <summary>The SQLSTATE that the cluster must answer with where the sides differ.</summary>
    public string? ClusterSqlState { get; init; }

    /// <summary>The one protocol mode the step runs in; null for all.</summary>
    public ProtocolMode? Only { get; init; }

    /// <summary>Row limit of Execute in the extended protocol, 0 for none.</summary>
    public int MaxRows { get; init; }

    /// <summary>Parameter sets, in text, for a statement with $1, $2, ...; it runs once for each.</summary>
    public IReadOnlyList<IReadOnlyList<string?>> Parameters { get; init; } = [];

    /// <summary>Whether COPY FROM STDIN sends what the last COPY TO STDOUT of the same server gave.</summary>
    public bool CopiesBack { get; init; }
}
