using System.Text.Json;
using Tangelo.Cluster.Functions;

namespace Tangelo.Server.AdminFunctions;

/// <summary>Called before a commit, so that postgres_fdw has a transaction of which it tells when the coordinator commits.</summary>
internal sealed class CommitBeginsFunction : IClusterFunction
{
    /// <summary>Its name.</summary>
    public const string Call = "commit_begins";

    public string Name => Call;

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}
