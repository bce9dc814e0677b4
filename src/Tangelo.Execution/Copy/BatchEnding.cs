namespace Tangelo.Execution.Copy;

/// <summary>How the data of a batch ends.</summary>
internal enum BatchEnding
{
    /// <summary>After a row: what the format wants at the end follows.</summary>
    Complete,

    /// <summary>With a row that the client's data ended in, and that has to look so to the shard.</summary>
    Broken,
}
