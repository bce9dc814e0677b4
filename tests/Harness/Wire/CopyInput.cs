namespace Tangelo.Harness.Wire;

/// <summary>The data of one COPY FROM STDIN.</summary>
internal sealed class CopyInput(byte[] data, bool isExtended)
{
    public byte[] Data => data;

    /// <summary>Whether the statement runs in the extended protocol, where Sync follows the data.</summary>
    public bool IsExtended => isExtended;

    public bool IsSent { get; set; }
}
