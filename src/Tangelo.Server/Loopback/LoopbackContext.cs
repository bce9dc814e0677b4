using System.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Server.Sessions;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Pooling;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Loopback;

/// <summary>
/// The session that a loopback connection belongs to, as its statements see it: same transaction and map, but its link is busy
/// (it is what called), so whatever needs the coordinator uses a connection of its own outside of the transaction.
/// </summary>
internal sealed class LoopbackContext : IExecutionContext, IDisposable
{
    private readonly SessionContext _parent;
    private readonly LinkRunner _runner;
    private WorkerPool? _pool;
    private BackendConnection? _side;

    public LoopbackContext(SessionContext parent, CoordinatorBackend backend, uint? role)
    {
        _parent = parent;
        Backend = backend;
        Role = new ActingRole(parent, role);
        _runner = new LinkRunner(this);
    }

    public SessionContext Parent => _parent;

    /// <summary>Whom the connection comes from.</summary>
    public CoordinatorBackend Backend { get; }

    /// <summary>As whom the coordinator acts.</summary>
    public ActingRole Role { get; }

    /// <summary>Set while a statement runs as another role than the session's.</summary>
    public Acting? Acting { get; set; }

    /// <inheritdoc/>
    public ClusterMap Map => _parent.Map;

    /// <inheritdoc/>
    public DistributedTransaction Transaction => Acting?.Transaction ?? _parent.Transaction;

    /// <inheritdoc/>
    public bool ValuesComeAsStored => true;

    /// <inheritdoc/>
    public ValueTask MakeSchemaAsync(GroupId group, string schema, Func<string> script, CancellationToken cancellation) =>
        _parent.MakeSchemaAsync(group, schema, script, cancellation);

    /// <inheritdoc/>
    public void ForgetSchema(GroupId group, string schema) => _parent.ForgetSchema(group, schema);

    /// <inheritdoc/>
    public ValueTask LosePlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, GroupId group, CancellationToken cancellation) =>
        _parent.Placements.LoseAsync(table, shards, group, cancellation);

    /// <inheritdoc/>
    public ValueTask<bool> HasPlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, CancellationToken cancellation) =>
        _parent.Placements.HasAsync(table, shards, cancellation);

    /// <inheritdoc/>
    public bool LinkIsInBatch => false;

    /// <inheritdoc/>
    public void LinkBatchFailed()
    {
        // It has no batch.
    }

    /// <summary>The session's settings; postgres_fdw speaks the server's encoding, whatever the client speaks.</summary>
    public ValueTask<SessionSettings> SettingsAsync(CancellationToken cancellation) =>
        ValueTask.FromResult(Acting?.Settings ?? _parent.KnownSettings.OfLoopback);

    /// <inheritdoc/>
    public async ValueTask<BackendConnection> EnterLinkAsync(CancellationToken cancellation)
    {
        if (_side is { IsHealthy: true })
            return _side;
        Dispose();
        _pool = _parent.Router.Pools.For(Map, GroupId.Coordinator, _parent.Database.Name, _parent.User);
        return _side = await _pool.LendAtOnceAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<List<string?[]>> QueryLinkAsync(string sql, CancellationToken cancellation)
    {
        var rows = new RowListSink();
        await _runner.RunAsync(sql, Encoding.UTF8.GetBytes(sql), ParameterSet.None, [], rows, cancellation).ConfigureAwait(false);
        return rows.ReadText();
    }

    /// <inheritdoc/>
    public async ValueTask<int> HashByServerAsync(
        DistributedTable table, ReadOnlyMemory<byte> value, bool binary, Oid valueType, CancellationToken cancellation)
    {
        var sql = KeyHashers.HashSql(table.DistributionColumn!.TypeName);
        var rows = new RowListSink();
        await _runner.RunAsync(
            (sql, valueType), Encoding.UTF8.GetBytes(sql), binary ? ParameterSet.OneBinary(value) : ParameterSet.FromText([value]), [valueType.Value], rows, cancellation).ConfigureAwait(false);
        return int.Parse(rows.ReadText()[0][0]!);
    }

    /// <inheritdoc/>
    public void OpenImplicitTransaction()
    {
        // postgres_fdw has begun one already.
    }

    /// <inheritdoc/>
    public bool NoticesOnce
    {
        set => _parent.NoticesOnce = value;
    }

    /// <inheritdoc/>
    public void ForwardNotice(PgError notice) => _parent.ForwardNotice(notice);

    /// <inheritdoc/>
    public bool OpenSnapshot() => false;

    /// <inheritdoc/>
    public ValueTask<long> WriteOverLoopbackAsync(IReadOnlyCollection<DistributedTable> locked, Func<ValueTask<long>> run, CancellationToken cancellation) =>
        throw new PgException(SqlState.FeatureNotSupported, "this change cannot come from the coordinator's foreign tables");

    /// <inheritdoc/>
    public void OpenTransactionForSchemaChange() =>
        throw new PgException(SqlState.FeatureNotSupported, "a schema change cannot come from the coordinator's foreign tables");

    /// <inheritdoc/>
    public void MetadataChanged() => _parent.MetadataChanged();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_side is { } side)
            _pool!.Return(side);
        _side = null;
    }
}
