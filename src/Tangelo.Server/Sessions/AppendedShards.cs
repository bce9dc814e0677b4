using System.Collections.Immutable;
using System.Globalization;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Server.Sessions;

/// <summary>
/// The shards of one COPY into an append-distributed table: new ones, or one that the option append_to_shard names. They are recorded in the metadata when all rows
/// are in, so that nobody who changes metadata waits for the load.
/// </summary>
internal sealed class AppendedShards(SessionContext context, CopyFromPlan plan) : IAppendedShards
{
    private readonly LinkRunner _link = new(context);
    private readonly List<Shard> _made = [];

    // Where the current shards are in the round of nodes.
    private readonly List<long> _places = [];
    private long? _nextPlace;

    /// <inheritdoc/>
    public DistributedTable Current { get; private set; } = plan.Table;

    /// <inheritdoc/>
    public int AtOnce { get; private set; } = 1;

    /// <inheritdoc/>
    public long BytesPerShard { get; private set; } = long.MaxValue;

    private string Relation => $"{plan.Table.Relation.Value}::pg_catalog.oid::pg_catalog.regclass";

    /// <summary>Makes or finds the first shard.</summary>
    /// <exception cref="PgException">It cannot be made, or is none of the table's.</exception>
    public async ValueTask BeginAsync(CancellationToken cancellation)
    {
        context.OpenTransactionForSchemaChange();
        if (plan.Options.AppendTo is { } named)
        {
            var index = plan.Table.Shards.ToList().FindIndex(s => s.Id.Value == named);
            if (index < 0)
                throw new PgException(SqlState.InvalidParameterValue, $"shard {named} does not belong to table {plan.Table.Name}");
            Current = Of([(await ReplicaLocks.TakeAsync(context, plan.Table, [index], together: true, cancellation).ConfigureAwait(false)).Shards[index]]);
            return;
        }

        var limits = await AskAsync("SELECT pg_catalog.tangelo_shard_max_size(), pg_catalog.tangelo_shards_at_once()", cancellation).ConfigureAwait(false);
        BytesPerShard = long.Parse(limits[0]!, CultureInfo.InvariantCulture);
        AtOnce = int.Parse(limits[1]!, CultureInfo.InvariantCulture);
        Current = Of([]);
        await AddAsync(cancellation).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask AddAsync(CancellationToken cancellationToken)
    {
        var shard = await MakeAsync(_nextPlace, cancellationToken).ConfigureAwait(false);
        _places.Add(_nextPlace ?? shard.Id.Value);
        _nextPlace = _places[^1] + shard.Placements.Length;
        Current = Of(Current.Shards.Add(shard));
    }

    /// <inheritdoc/>
    public async ValueTask ReplaceAsync(int index, CancellationToken cancellationToken)
    {
        // A shard that is alone goes round; several have all nodes already, each its own.
        if (_places.Count == 1)
        {
            _places[index] = _nextPlace!.Value;
            _nextPlace += Current.Shards[index].Placements.Length;
        }

        Current = Of(Current.Shards.SetItem(index, await MakeAsync(_places[index], cancellationToken).ConfigureAwait(false)));
    }

    private async ValueTask<Shard> MakeAsync(long? place, CancellationToken cancellationToken)
    {
        var sql = $"SELECT shard, pg_catalog.array_to_string(groups, ',') FROM pg_catalog.tangelo_open_shard({Relation}, {place?.ToString(CultureInfo.InvariantCulture) ?? "NULL"})";
        var row = await AskAsync(sql, cancellationToken).ConfigureAwait(false);
        var shard = new Shard(
            new ShardId(long.Parse(row[0]!, CultureInfo.InvariantCulture)), null, null, null, null,
            [.. row[1]!.Split(',').Select(g => new GroupId(int.Parse(g, CultureInfo.InvariantCulture)))]);
        _made.Add(shard);
        return shard;
    }

    /// <summary>Tells the metadata what was loaded.</summary>
    public async ValueTask EndAsync(CancellationToken cancellation)
    {
        var made = string.Join(", ", _made.Select(s => $"[{s.Id.Value}, [{string.Join(", ", s.Placements.Select(g => g.Value))}]]"));
        await AskAsync(
            plan.Options.AppendTo is { } named
                ? $"SELECT pg_catalog.citus_update_shard_statistics({named})"
                : $"SELECT pg_catalog.tangelo_record_shards({Relation}, '[{made}]')",
            cancellation).ConfigureAwait(false);
        context.MetadataChanged();
    }

    private DistributedTable Of(ImmutableArray<Shard> shards) => plan.Table with { Shards = shards };

    private async ValueTask<string?[]> AskAsync(string sql, CancellationToken cancellation)
    {
        var rows = new RowListSink();
        await _link.RunAsync(sql, ParameterSet.None, [], rows, cancellation).ConfigureAwait(false);
        return rows.ReadText()[0];
    }
}
