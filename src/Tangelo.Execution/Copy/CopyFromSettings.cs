namespace Tangelo.Execution.Copy;

/// <summary>How much memory a COPY FROM may use, in bytes.</summary>
/// <param name="BatchBytes">Data of one COPY command on a shard; a row that is larger goes alone.</param>
/// <param name="TotalBytes">Rows that wait for their batch to fill. Past it the largest batch is sent as it is.</param>
/// <param name="QueuedBatches">Full batches that wait for one node. Past it the client is not read.</param>
public sealed record CopyFromSettings(
    int BatchBytes = 2 * 1024 * 1024,
    int TotalBytes = 32 * 1024 * 1024,
    int QueuedBatches = 2)
{
    /// <summary>A megabyte.</summary>
    internal const int DefaultLongRowBytes = 1024 * 1024;

    /// <summary>Rows of text and CSV that are longer pass on their way to the shard in pieces, as far as possible.</summary>
    public int LongRowBytes { get; init; } = DefaultLongRowBytes;

    /// <summary>For each shard of an append-distributed table that a COPY fills, so many bytes must have come before it begins to fill another one beside.</summary>
    public long BytesBeforeAnotherShard { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long the COPY may take; null for any time.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>False when the client's data is in another encoding than the one that keys are stored in.</summary>
    public bool KeysComeAsStored { get; init; } = true;

    /// <summary>The encoding of the client's data where it has to be converted before it can be split; null where bytes below 128 are ASCII wherever they stand.</summary>
    public string? ConvertFrom { get; init; }
}
