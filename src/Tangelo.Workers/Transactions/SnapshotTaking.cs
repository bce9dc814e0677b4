namespace Tangelo.Workers.Transactions;

/// <summary>How a transaction that keeps its snapshot gets it from several nodes.</summary>
public enum SnapshotTaking
{
    /// <summary>On all nodes together, before anything is read: of another transaction all is seen or nothing.</summary>
    Together,

    /// <summary>On each node when it joins.</summary>
    NodeByNode,
}
