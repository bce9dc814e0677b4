using System.Text.Json;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>Tells the session that its transaction has changed what the map holds, inside of a function perhaps.</summary>
internal sealed class MetadataChangedFunction : IClusterFunction
{
    public string Name => "metadata_changed";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        session.MetadataChanged();
        return Task.FromResult<IReadOnlyList<string>>([]);
    }
}
