using System.Text.Json;
using Tangelo.Cluster.Functions;

namespace Tangelo.Cluster.Tests;

/// <summary>Stands for the router's function that follows schema changes inside of functions: those of these tests concern no shards.</summary>
internal sealed class SchemaChangeStub : IClusterFunction
{
    public string Name => "schema_change";

    public Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<string>>([]);
}
