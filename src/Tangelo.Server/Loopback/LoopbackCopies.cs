using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;

namespace Tangelo.Server.Loopback;

/// <summary>
/// UPDATE and DELETE of one row of a table whose shards have several copies by its ctid, which is the row's in the first copy only. In the others it is found by its
/// values. Of rows that are alike in all columns any will do: the copies come out the same.
/// </summary>
internal sealed class LoopbackCopies(LoopbackContext context)
{
    private readonly ShardRunner _runner = new(context);
    private (Oid Table, long Version) _keyOf;
    private string[] _key = [];

    /// <summary>The ctid of a row of a shard in each copy, as the placements are ordered; <paramref name="own"/> is the first. Other writers wait.</summary>
    public async ValueTask<string[]> FindAsync(DistributedTable table, int shard, string own, CancellationToken cancellation)
    {
        if (table.IsReference && !context.Parent.HasLocked(table))
            await TableLocks.TakeAsync(context, table, cancellation).ConfigureAwait(false);
        var name = LoopbackRowIds.NameOf(table, shard);
        if (_keyOf != (table.Relation, context.Map.Version))
            (_key, _keyOf) = (await ReadKeyAsync(table, shard, name, cancellation).ConfigureAwait(false), (table.Relation, context.Map.Version));

        var columns = string.Join(", ", table.Columns.OrderBy(c => c.Number).Select(c => ShardNames.Quote(c.Name)));
        var values = string.Join(", ", _key.Select(k => $"{ShardNames.Quote(k)}::pg_catalog.text"));
        var rows = await QueryAsync(
            table, shard, 0, $"SELECT ROW({columns})::pg_catalog.text{(values.Length == 0 ? "" : ", " + values)} FROM {name} WHERE ctid = '{own}'", cancellation).ConfigureAwait(false);

        // Gone meanwhile: the statement itself finds nothing, everywhere.
        if (rows.Count == 0)
            return [.. table.Shards[shard].Placements.Select(_ => own)];

        // The key is what an index finds.
        var condition = string.Concat(_key.Select((k, i) => $" AND {ShardNames.Quote(k)} = {ShardNames.Literal(rows[0][i + 1]!)}"));
        var found = new string[table.Shards[shard].Placements.Length];
        found[0] = own;
        for (var copy = 1; copy < found.Length; copy++)
        {
            var same = await QueryAsync(
                table, shard, copy, $"SELECT ctid FROM {name} WHERE ROW({columns})::pg_catalog.text = {ShardNames.Literal(rows[0][0]!)}{condition} LIMIT 1", cancellation).ConfigureAwait(false);
            found[copy] = same.Count == 1
                ? same[0][0]!
                : throw new PgException(SqlState.InternalError, $"the copies of table \"{table.Name}\" differ");
        }

        return found;
    }

    private async ValueTask<string[]> ReadKeyAsync(DistributedTable table, int shard, string name, CancellationToken cancellation)
    {
        var rows = await QueryAsync(
            table, shard, 0,
            $"""
            SELECT a.attname FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
            WHERE i.indrelid = {ShardNames.Literal(name)}::pg_catalog.regclass AND i.indisprimary
            """,
            cancellation).ConfigureAwait(false);
        return [.. rows.Select(r => r[0]!)];
    }

    private async ValueTask<List<string?[]>> QueryAsync(DistributedTable table, int shard, int copy, string sql, CancellationToken cancellation)
    {
        var rows = new RowListSink();
        await _runner.RunTextsAsync(
            [(new ShardTask(table.Shards[shard].Placements[copy], shard), Encoding.UTF8.GetBytes(sql))],
            ParameterSet.None.WithTextResults(), [], write: true, rows, cancellation).ConfigureAwait(false);
        return rows.ReadText();
    }
}
