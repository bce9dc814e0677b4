using System.Collections.Immutable;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Values of columns whose default only the coordinator may compute: sequences count in one place.</summary>
internal static class CoordinatorDefaults
{
    private static readonly string?[][] Nothing = [];

    /// <summary>For each of <paramref name="rows"/> rows the values in text form, null for NULL.</summary>
    public static async ValueTask<string?[][]> ComputeAsync(
        IExecutionContext context, ImmutableArray<CoordinatorDefault> defaults, int rows, CancellationToken cancellation)
    {
        if (defaults.IsEmpty || rows == 0)
            return Nothing;
        var list = string.Join(", ", defaults.Select(d => d.Expression));
        var result = await context.QueryLinkAsync($"SELECT {list} FROM pg_catalog.generate_series(1, {rows})", cancellation).ConfigureAwait(false);
        return [.. result];
    }
}
