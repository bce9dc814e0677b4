namespace Tangelo.Workers.Transactions;

/// <summary>The isolation levels that differ in PostgreSQL; READ UNCOMMITTED is READ COMMITTED there.</summary>
public enum IsolationLevel
{
    /// <summary>Every statement has a snapshot of its own.</summary>
    ReadCommitted,

    /// <summary>The transaction has one snapshot, taken by its first statement.</summary>
    RepeatableRead,

    /// <summary>One snapshot, and transactions that could not have run one after the other fail.</summary>
    Serializable,
}
