using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>
/// Finds the shard of each row. Rows for which the coordinator has to be asked (defaults that only it may compute, keys that
/// only PostgreSQL can hash) are put aside until <see cref="ResolveAsync"/>.
/// </summary>
internal sealed class RowRouter(
    CopyFromPlan plan, CopyKey key, ICopyCoordinator coordinator, ShardDispatcher dispatcher, CancellationToken cancellation)
    : ICopyRowSink, IDisposable
{
    private const int MaxHeldRows = 2048;
    private const int MaxHeldBytes = 1024 * 1024;

    private readonly DefaultFieldsEncoder _encoder = new(plan.Options);
    private readonly RowFaults _faults = new(plan, key);
    private readonly ShardTable? _shards = plan.Table.Method == DistributionMethod.Hash ? new(plan.Table) : null;
    private readonly bool _holdsAll = !plan.CoordinatorDefaults.IsEmpty;
    private readonly List<CopyRow> _held = [];
    private readonly List<CopyRow> _refused = [];
    private long _heldBytes;

    /// <summary>Takes the rows.</summary>
    public ShardDispatcher Dispatcher { get; set; } = dispatcher;

    /// <summary>True when enough rows were put aside.</summary>
    public bool ShouldResolve => _held.Count >= MaxHeldRows || _heldBytes >= MaxHeldBytes;

    /// <inheritdoc/>
    public void Row(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> keyField, bool keyIsNull, long lineNumber)
    {
        var shard = 0;
        if (key.IsNeeded && key.DefaultIndex < 0)
        {
            if (keyIsNull || key.FieldIndex < 0)
            {
                // A condition may leave the row out: then the shard finds the NULL.
                if (key.NotNull && plan.Where is null)
                    throw RefuseNullKey(new CopyRow(raw.ToArray(), [], lineNumber));
                if (plan.Table.IsByValue)
                    throw NullKey(lineNumber);
                shard = ShardRing.FindShardOfNull(plan.Table);
            }
            else if (!TryFindShard(raw, keyField, lineNumber, out shard))
            {
                Hold(raw, keyField, lineNumber);
                return;
            }
        }

        if (_holdsAll)
            Hold(raw, keyField, lineNumber);
        else if (key.IsNeeded)
            Dispatcher.Add(shard, default, 0, raw, lineNumber);
        else
            Dispatcher.AddToAny(default, 0, raw, lineNumber);
    }

    /// <inheritdoc/>
    public bool BeginRow(ReadOnlySpan<byte> keyField, bool keyIsNull, long lineNumber)
    {
        if (_holdsAll)
            return false;
        if (!key.IsNeeded)
            return plan.Table.HasOneShard && Dispatcher.BeginLong(0, lineNumber);
        if (plan.Table.Method != DistributionMethod.Hash || key.FieldIndex < 0 || keyIsNull)
            return false;
        try
        {
            return key.TryHash(keyField, out var hash) && Dispatcher.BeginLong(FindShard(hash, lineNumber), lineNumber);
        }
        catch (PgException)
        {
            // It is said of the whole row.
            return false;
        }
    }

    /// <inheritdoc/>
    public void RowPiece(ReadOnlySpan<byte> bytes) => Dispatcher.AddLong(bytes);

    /// <inheritdoc/>
    public void EndRow(long lineNumber) => Dispatcher.EndLong(lineNumber);

    /// <inheritdoc/>
    public void BadRow(ReadOnlySpan<byte> raw, PgException error, long lineNumber) =>
        _refused.Add(new CopyRow(raw.ToArray(), [], lineNumber));

    /// <summary>Asks the coordinator about the rows put aside and passes them on.</summary>
    public async ValueTask ResolveAsync()
    {
        if (_held.Count == 0)
            return;

        var rows = _held.ToArray();
        _held.Clear();
        _heldBytes = 0;
        if (_holdsAll)
        {
            var defaults = await coordinator.NextDefaultsAsync(rows.Length, cancellation).ConfigureAwait(false);
            for (var i = 0; i < rows.Length; i++)
                rows[i] = rows[i] with { Defaults = defaults[i] };
        }

        var hashes = key.IsNeeded ? await HashAsync(rows).ConfigureAwait(false) : null;
        for (var i = 0; i < rows.Length; i++)
            Add(hashes is null ? null : FindShard(hashes[i], rows[i].Line), rows[i]);
    }

    /// <summary>
    /// Gives the rows that ended the COPY to some shard, which says what is wrong with them in PostgreSQL's own words. Nothing
    /// may be added after them. False when there are none.
    /// </summary>
    public async ValueTask<bool> AddRefusedAsync()
    {
        foreach (var row in _refused.OrderBy(r => r.Line))
        {
            var complete = row;
            if (_holdsAll && row.Defaults is null)
                complete = row with { Defaults = (await coordinator.NextDefaultsAsync(1, cancellation).ConfigureAwait(false))[0] };
            Add(0, complete);
        }

        return _refused.Count > 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _encoder.Dispose();

    private bool TryFindShard(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> keyField, long line, out int shard)
    {
        shard = 0;
        int hash;
        try
        {
            if (!key.TryHash(keyField, out hash))
                return false;
        }
        catch (PgException e)
        {
            _refused.Add(new CopyRow(raw.ToArray(), [], line));
            throw _faults.BadKey(e, keyField, line);
        }

        shard = FindShard(hash, line);
        return true;
    }

    private int FindShard(int hash, long line)
    {
        if (plan.Table.IsByValue)
            return hash >= 0 ? hash : throw AtLine(RangeResolver.NoOneShard(plan.Table, hash, "COPY"), line);
        var shard = _shards!.Find(hash);
        return shard >= 0
            ? shard
            : throw new PgException(SqlState.ObjectNotInPrerequisiteState, "could not find shard for partition column value");
    }

    private void Hold(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> keyField, long line)
    {
        _held.Add(new CopyRow(raw.ToArray(), keyField.ToArray(), line));
        _heldBytes += raw.Length + keyField.Length;
    }

    private void Add(int? shard, CopyRow row)
    {
        var prefix = row.Defaults is null ? default : _encoder.Encode(row.Defaults);
        if (shard is { } known)
            Dispatcher.Add(known, prefix, row.Defaults?.Length ?? 0, row.Raw, row.Line);
        else
            Dispatcher.AddToAny(prefix, row.Defaults?.Length ?? 0, row.Raw, row.Line);
    }

    private async ValueTask<int[]> HashAsync(CopyRow[] rows)
    {
        var hashes = new int[rows.Length];
        var asked = new List<int>();
        var keys = new List<byte[]>();
        for (var i = 0; i < rows.Length; i++)
        {
            var value = key.DefaultIndex < 0 ? rows[i].Key : rows[i].Defaults![key.DefaultIndex];
            if (value is null && key.NotNull && plan.Where is null)
            {
                _refused.AddRange(rows.Take(i));
                throw RefuseNullKey(rows[i]);
            }

            if (value is null && plan.Table.IsByValue)
                throw NullKey(rows[i].Line);

            // The hash of NULL is 0.
            if (value is null)
                continue;

            if (key.TryHash(value, out hashes[i]))
                continue;
            asked.Add(i);
            keys.Add(value);
        }

        if (keys.Count == 0)
            return hashes;

        int[] answers;
        try
        {
            answers = await coordinator.HashByServerAsync(keys, cancellation).ConfigureAwait(false);
        }
        catch (PgException)
        {
            // One of the keys is no value of its type. A shard that gets all these rows finds out which.
            _refused.AddRange(rows);
            throw;
        }

        for (var i = 0; i < answers.Length; i++)
            hashes[asked[i]] = answers[i];
        return hashes;
    }

    private PgException NullKey(long line) =>
        AtLine(new PgException(SqlState.NullValueNotAllowed, "cannot perform a COPY with NULL in the partition column"), line);

    private PgException AtLine(PgException error, long line) => new(error.Error with { Where = CopyErrors.AtLine(plan.Table.Name, line) }, error);

    private PgException RefuseNullKey(CopyRow row)
    {
        // The shard complains itself, and shows the row.
        _refused.Add(row);
        return _faults.NullKey(row.Line);
    }
}
