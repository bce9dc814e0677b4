using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Core;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.Sessions;

/// <summary>The metadata and the schema as the session's transaction sees them, and whether it has changed them itself.</summary>
internal sealed class SessionMetadata(SessionContext context)
{
    private ClusterMap? _ownMap;
    private bool _mapIsStale;
    private (long Map, long Schema) _viewsVersion;
    private long? _schemaChangesSeen;
    private object? _schemaOfTransaction;

    // What was seen when functions set their savepoints, the innermost last.
    private readonly List<(string Savepoint, ClusterMap? Map)> _before = [];

    /// <summary>Nodes, tables and shards.</summary>
    public ClusterMap Map => _ownMap ?? context.Database.Map;

    /// <summary>The views over distributed tables, as of the last <see cref="RefreshAsync"/>.</summary>
    public DistributedViews Views { get; private set; } = DistributedViews.None;

    /// <summary>True when the next use of the map asks the link or the coordinator.</summary>
    public bool IsStale => _mapIsStale || ViewsAreStale;

    /// <summary>True when this transaction changed the metadata.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>True when this transaction changed the schema.</summary>
    public bool SchemaIsChanged { get; private set; }

    /// <summary>What this transaction's plans depend on when it has changed the schema itself: nobody else must use them. Null otherwise.</summary>
    public object? SchemaOfTransaction => SchemaIsChanged ? _schemaOfTransaction ??= new object() : null;

    private bool ViewsAreStale => !Map.Tables.IsEmpty && _viewsVersion != (Map.Version, context.Database.SchemaVersion);

    private bool IsInTransaction => context.Blocks.Phase is TransactionPhase.Block or TransactionPhase.Implicit;

    /// <summary>Tables made by this transaction.</summary>
    public void Use(IReadOnlyCollection<DistributedTable> tables)
    {
        var made = tables.Select(t => t.Relation).ToHashSet();
        var names = tables.Select(t => (t.Schema, t.Name)).ToHashSet();

        // A partition that has left its table is another relation of the same name.
        _ownMap = Map.With(
            context.Database.NextMapVersion(), tables: Map.Tables.Where(t => !made.Contains(t.Relation) && !names.Contains((t.Schema, t.Name))).Concat(tables));
        IsChanged = true;
    }

    /// <summary>
    /// All tables, as this transaction has read them by itself. Whoever runs SQL can say so too: where the nodes are is not taken from there, and on them
    /// everybody has his own rights.
    /// </summary>
    public void UseAll(IReadOnlyCollection<DistributedTable> tables)
    {
        _ownMap = Map.With(context.Database.NextMapVersion(), tables: tables);
        _mapIsStale = false;
        IsChanged = true;
    }

    /// <summary>A node made by this transaction.</summary>
    public void Use(Node node)
    {
        _ownMap = Map.With(context.Database.NextMapVersion(), nodes: Map.Nodes.Where(n => n.Id != node.Id).Append(node));
        IsChanged = true;
    }

    /// <summary>The metadata rows changed: read them before the next statement.</summary>
    public void SetChanged()
    {
        _mapIsStale = true;
        IsChanged = true;
    }

    /// <summary>This transaction is about to change the schema.</summary>
    public void SetSchemaChanged() => SchemaIsChanged = true;

    /// <summary>A statement may have changed the schema.</summary>
    public void FollowSchemaChange()
    {
        SchemaIsChanged = IsInTransaction;
        context.Database.SchemaChanged();
    }

    /// <summary>The link sees so many changes of the schema: perhaps one more, made inside of a function of the transaction's own.</summary>
    public void SchemaChangesSeen(long count)
    {
        if (_schemaChangesSeen is { } before && count > before && IsInTransaction)
            SchemaIsChanged = true;
        _schemaChangesSeen = count;
        context.Database.SchemaChangesSeen(count);
    }

    /// <summary>Makes <see cref="Map"/> and <see cref="Views"/> what this transaction sees.</summary>
    public async ValueTask RefreshAsync(CancellationToken cancellation)
    {
        if (_mapIsStale)
            await ReadMapAsync(cancellation).ConfigureAwait(false);
        if (ViewsAreStale)
            await ReadViewsAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>
    /// A function sets a savepoint. The link is busy with the function when it is rolled back, and cannot be asked then. Every connection of the loopback that the function
    /// uses sets it by the same name; the first one comes before anything has changed.
    /// </summary>
    public void Keep(string savepoint)
    {
        if (!_before.Exists(b => b.Savepoint == savepoint))
            _before.Add((savepoint, _ownMap));
    }

    /// <summary>A function's savepoint is rolled back.</summary>
    public void ReturnTo(string savepoint)
    {
        if (_before.FindIndex(b => b.Savepoint == savepoint) is >= 0 and var index && _before[index].Map != _ownMap)
        {
            _ownMap = _before[index].Map;
            _schemaOfTransaction = null;
        }
    }

    /// <summary>A function's savepoint is gone, with those within it.</summary>
    public void Release(string savepoint)
    {
        if (_before.FindIndex(b => b.Savepoint == savepoint) is >= 0 and var index)
            _before.RemoveRange(index, _before.Count - index);
    }

    /// <summary>The transaction has ended: what it saw by itself is gone.</summary>
    /// <returns>True when it has changed the metadata.</returns>
    public bool End()
    {
        var changed = IsChanged;
        if (changed || SchemaIsChanged)
            context.Database.SchemaChanged();
        _ownMap = null;
        _before.Clear();
        _mapIsStale = IsChanged = SchemaIsChanged = false;
        _schemaOfTransaction = null;
        return changed;
    }

    private async Task ReadMapAsync(CancellationToken cancellation)
    {
        _mapIsStale = false;
        if (context.Blocks.Phase is TransactionPhase.Idle && !context.LinkIsInBatch)
        {
            _ownMap = null;
            await context.Database.RefreshAsync(cancellation).ConfigureAwait(false);
            return;
        }

        var rows = await context.QueryLinkAsync(MetadataLoader.Sql, cancellation).ConfigureAwait(false);
        _ownMap = MetadataLoader.Parse(context.Database.NextMapVersion(), rows.Select(r => r[0]!));
    }

    private async Task ReadViewsAsync(CancellationToken cancellation)
    {
        var (map, schema) = (Map.Version, context.Database.SchemaVersion);
        if (SchemaIsChanged || IsChanged)
        {
            var rows = await context.QueryLinkAsync(DatabaseState.ViewsSql, cancellation).ConfigureAwait(false);
            Views = new DistributedViews(rows.Select(r => (new Oid(uint.Parse(r[0]!)), r[1]!)));
        }
        else
        {
            Views = await context.Database.ViewsAsync(map, schema, cancellation).ConfigureAwait(false);
        }

        _viewsVersion = (map, schema);
    }
}
