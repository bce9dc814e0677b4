using System.Text.Json;

namespace Tangelo.Cli.Embedded;

/// <summary>What the cluster's folder remembers of earlier starts, in <c>cluster.json</c>.</summary>
/// <param name="Port">The router's port at the last start: node addresses in the metadata follow from it.</param>
/// <param name="Workers">How many workers have been made.</param>
/// <param name="NodeIds">
/// The node ids of the workers that have been added to the metadata, in order. A worker is added once: one that a user removed
/// stays removed.
/// </param>
internal sealed record ClusterState(int Port, int Workers, int[] NodeIds)
{
    private const string FileName = "cluster.json";

    public static async Task<ClusterState?> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<ClusterState>(await File.ReadAllTextAsync(path, cancellationToken));
        }
        catch (JsonException e)
        {
            throw new CommandFailedException($"{path} is damaged: {e.Message} It must be an object with Port, Workers and NodeIds.", e);
        }
    }

    public async Task WriteAsync(string folder, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, FileName);
        var unfinished = path + ".new";
        await File.WriteAllTextAsync(unfinished, JsonSerializer.Serialize(this), cancellationToken);
        File.Move(unfinished, path, overwrite: true);
    }
}
