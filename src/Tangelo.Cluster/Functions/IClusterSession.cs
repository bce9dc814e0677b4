using Npgsql;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions;

/// <summary>
/// What an administrative function sees of the client session that called it. Node statements run in the session's
/// distributed transaction and commit or roll back with it.
/// </summary>
public interface IClusterSession
{
    string Database { get; }

    string User { get; }

    /// <summary>The map of this transaction: what is committed, and what it changed itself.</summary>
    ClusterMap Map { get; }

    /// <summary>The error that a statement of the coordinator's last got from the router.</summary>
    PgError? LastFailure { get; }

    /// <summary>Administrative connections to the coordinator, outside of the session's transaction.</summary>
    NpgsqlDataSource Coordinator { get; }

    /// <summary>Runs statements (separated by semicolons, no parameters) on a node, as a write of the transaction.</summary>
    /// <exception cref="PgException">The node's error, or 08006 when it cannot be reached.</exception>
    Task ExecuteAsync(GroupId group, string sql, CancellationToken cancellation);

    /// <summary>The same on several nodes, which work at the same time. All have answered when this returns, or fails with the first error.</summary>
    Task ExecuteAsync(IReadOnlyList<(GroupId Group, string Sql)> work, CancellationToken cancellation);

    /// <summary>Runs a query on a node in the transaction; values in text form, null for NULL.</summary>
    Task<IReadOnlyList<string?[]>> QueryAsync(GroupId group, string sql, CancellationToken cancellation);

    /// <summary>The same on several nodes, which work at the same time: the rows of each.</summary>
    Task<IReadOnlyList<IReadOnlyList<string?[]>>> QueryAsync(IReadOnlyList<(GroupId Group, string Sql)> work, CancellationToken cancellation);

    /// <summary>
    /// Runs <paramref name="sql"/> on a node over a connection of its own, in a transaction of its own (the run_command_on_* functions).
    /// Gives the first column of the first row ("" without a row, the command tag for a command), or fails with <see cref="PgException"/>.
    /// </summary>
    Task<string?> RunSeparatelyAsync(Node node, string sql, CancellationToken cancellation);

    /// <summary>
    /// Locks shards that have several placements, as statements do that write them. Placements that cannot be reached are given up where there are others.
    /// </summary>
    /// <param name="table">The table, as the transaction sees it.</param>
    /// <param name="shards">The indexes of the shards.</param>
    /// <param name="together">True for rows that only come in.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The table with the placements that are to be written.</returns>
    ValueTask<DistributedTable> LockPlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, bool together, CancellationToken cancellation);

    /// <summary>The following statements of this transaction, the loopback's included, see <paramref name="tables"/>; they replace those of the same OIDs.</summary>
    void UseTables(IReadOnlyCollection<DistributedTable> tables);

    /// <summary>
    /// Runs statements on a node with the router's own rights, over a connection and in a transaction of its own. Never what came from the session.
    /// </summary>
    /// <exception cref="PgException">The node's error, or 08006 when it cannot be reached.</exception>
    Task PrepareNodeAsync(GroupId group, string sql, CancellationToken cancellation);

    /// <summary>The following statements of this transaction reach <paramref name="node"/>, which its map may not hold yet; it replaces one of the same id.</summary>
    void UseNode(Node node);

    /// <summary>The metadata rows of this transaction changed: the map is read anew before the next statement.</summary>
    void MetadataChanged();

    /// <summary>Sends the client a NOTICE or WARNING.</summary>
    void Notice(PgError notice);
}
