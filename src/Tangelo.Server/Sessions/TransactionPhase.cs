namespace Tangelo.Server.Sessions;

/// <summary>Where a session stands between its client's transaction commands.</summary>
internal enum TransactionPhase
{
    /// <summary>Every statement is a transaction.</summary>
    Idle,

    /// <summary>Several statements up to a Sync, or one that writes several nodes, are a transaction that the session ends by itself.</summary>
    Implicit,

    /// <summary>Between BEGIN and COMMIT.</summary>
    Block,

    /// <summary>In a block after an error: only ROLLBACK is taken.</summary>
    Failed,
}
