using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Execution;

/// <summary>What a session lends to the execution of one statement.</summary>
public interface IExecutionContext
{
    ClusterMap Map { get; }

    DistributedTransaction Transaction { get; }

    /// <summary>The session's settings, read from the link if they may have changed.</summary>
    ValueTask<SessionSettings> SettingsAsync(CancellationToken cancellation);

    /// <summary>
    /// The coordinator link, inside of the session's transaction if one is open.
    /// Statements on it end with a Sync, or a Flush while a pipelined batch is open: see <see cref="LinkIsInBatch"/>.
    /// </summary>
    ValueTask<BackendConnection> EnterLinkAsync(CancellationToken cancellation);

    /// <summary>True while statements of the client wait on the link for its Sync: ours must not end that batch.</summary>
    bool LinkIsInBatch { get; }

    /// <summary>False when the client's values come in another encoding than the one they are stored, and so hashed, in.</summary>
    bool ValuesComeAsStored { get; }

    /// <summary>A statement of ours has failed in that batch: the link skips all that follows up to its end.</summary>
    void LinkBatchFailed();

    /// <summary>Runs a query without parameters on the link; values in text form.</summary>
    Task<List<string?[]>> QueryLinkAsync(string sql, CancellationToken cancellation);

    /// <summary>The hash of a key for which no C# code exists: PostgreSQL is asked.</summary>
    ValueTask<int> HashByServerAsync(DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid valueType, CancellationToken cancellation);

    /// <summary>
    /// A write to several nodes is about to begin outside of a transaction block: opens an implicit transaction, which the
    /// session ends after the statement.
    /// </summary>
    void OpenImplicitTransaction();

    /// <summary>
    /// A statement of several parts, which only reads, is about to begin: outside of a block its parts see one state on each node, in an implicit
    /// transaction that the session ends after the statement. The link takes part unless it is in a batch.
    /// </summary>
    /// <returns>True when the transaction was opened for this statement alone.</returns>
    bool OpenSnapshot();

    /// <summary>
    /// Runs a statement on the link that changes distributed tables over the loopback: link and nodes end together, and nobody else changes
    /// <paramref name="locked"/> meanwhile.
    /// </summary>
    /// <exception cref="PgException">Its error, as the shards gave it.</exception>
    ValueTask<long> WriteOverLoopbackAsync(IReadOnlyCollection<DistributedTable> locked, Func<ValueTask<long>> run, CancellationToken cancellation);

    /// <summary>While true, the client gets a warning once, whatever number of nodes gives it.</summary>
    bool NoticesOnce { set; }

    /// <summary>A schema on a node that a script makes, outside of any transaction: runs it unless this router knows that the schema is there.</summary>
    ValueTask MakeSchemaAsync(GroupId group, string schema, Func<string> script, CancellationToken cancellation);

    /// <summary>Such a schema is not there any more.</summary>
    void ForgetSchema(GroupId group, string schema);

    /// <summary>
    /// A node cannot be reached: its placements of these shards, and of those co-located with them, do not count from now on, for nobody. The map knows it when
    /// this is done. The last placement of a shard stays.
    /// </summary>
    ValueTask LosePlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, GroupId group, CancellationToken cancellation);

    /// <summary>Whether the committed metadata have these active placements; where they have others, the map is read anew.</summary>
    ValueTask<bool> HasPlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, CancellationToken cancellation);

    /// <summary>A notice of a node, shard names already taken out.</summary>
    void ForwardNotice(PgError notice);

    /// <summary>
    /// A schema change is about to begin: link and nodes must end together, so outside of a block a transaction is begun on the
    /// link too, which the session ends after the statement.
    /// </summary>
    void OpenTransactionForSchemaChange();

    /// <summary>The metadata rows of this transaction changed: the map is read anew before the next statement.</summary>
    void MetadataChanged();
}
