namespace Tangelo.Execution.Copy;

/// <summary>How the data of a batch ends.</summary>
internal enum BatchEnding
{
    /// <summary>After a row: what the format wants at the end follows.</summary>
    Complete,

    /// <summary>Within a row that was cut off, and has to look so to the shard.</summary>
    Broken,
}
