using Tangelo.Catalog.Model;

namespace Tangelo.Planning;

/// <summary>
/// Why a rung of the ladder cannot plan a statement. A value, so that the next rung can try and EXPLAIN can say it.
/// <paramref name="SqlState"/> is what the client would get if no rung could.
/// </summary>
public sealed record Rejection(string SqlState, string Reason, string? Hint = null)
{
    /// <summary>The table whose rows move to other shards.</summary>
    internal DistributedTable? Moves { get; init; }

    /// <summary>A construct that is not distributed.</summary>
    internal static Rejection Unsupported(string reason) => new(Core.SqlState.FeatureNotSupported, reason);
}
