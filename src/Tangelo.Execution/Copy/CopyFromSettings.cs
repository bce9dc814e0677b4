namespace Tangelo.Execution.Copy;

/// <summary>How much memory a COPY FROM may use, in bytes.</summary>
/// <param name="BatchBytes">Data of one COPY command on a shard; a row that is larger goes alone.</param>
/// <param name="TotalBytes">Rows that wait for their batch to fill. Past it the largest batch is sent as it is.</param>
/// <param name="QueuedBatches">Full batches that wait for one node. Past it the client is not read.</param>
public sealed record CopyFromSettings(
    int BatchBytes = 512 * 1024,
    int TotalBytes = 16 * 1024 * 1024,
    int QueuedBatches = 2)
{
    /// <summary>False when the client's data is in another encoding than the one that keys are stored in.</summary>
    public bool KeysComeAsStored { get; init; } = true;
}
