using System.Diagnostics;
using System.Globalization;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning;
using Tangelo.Server.Sessions;

namespace Tangelo.Server.Statements;

/// <summary>
/// How many rows distributed tables have, by the statistics of their shards (pg_class, and the size of the files as PostgreSQL's planner uses
/// it), and how many values their columns, by those of one shard. Asked on connections of its own, outside of any transaction, and kept for a while: the figures only help to choose.
/// </summary>
internal sealed class TableStatisticsReader(SessionContext context)
{
    private const int MostShards = 16;

    // As PostgreSQL estimates them: by the density that ANALYZE found; without it some hundred bytes a row.
    private const string RowsOfTable =
        """
        CASE WHEN c.reltuples >= 0 AND c.relpages > 0
                THEN c.reltuples::float8 * pg_catalog.pg_relation_size(c.oid) / 8192 / c.relpages
                ELSE pg_catalog.pg_relation_size(c.oid) / 100.0 END
        """;

    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The figures of each of the tables for which they can be had.</summary>
    public async Task<IReadOnlyDictionary<Oid, TableStatistics>> ReadAsync(IEnumerable<DistributedTable> tables, CancellationToken cancellation)
    {
        var known = context.Database.Statistics;
        var rows = new Dictionary<Oid, TableStatistics>();
        var missing = new List<DistributedTable>();
        foreach (var table in tables.Distinct())
        {
            if (known.TryGetValue(table.Relation, out var entry) && Stopwatch.GetElapsedTime(entry.ReadAt) < Kept)
                rows[table.Relation] = entry.Statistics;
            else
                missing.Add(table);
        }

        if (missing.Count == 0)
            return rows;
        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            late.CancelAfter(Patience);
            foreach (var (table, statistics) in await AskAsync(missing, late.Token).ConfigureAwait(false))
            {
                known[table.Relation] = (statistics, Stopwatch.GetTimestamp());
                rows[table.Relation] = statistics;
            }
        }
        catch (Exception e) when (e is PgException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            // The statement is planned without them.
        }

        return rows;
    }

    /// <summary>The same for tables of the coordinator, in the session's own transaction; the size of views is not known.</summary>
    public async Task<IReadOnlyDictionary<Oid, TableStatistics>> ReadLocalAsync(IEnumerable<ResolvedRelation> relations, CancellationToken cancellation)
    {
        var oids = string.Join(",", relations.Where(r => r.Kind is 'r' or 'm').Select(r => r.Oid.Value).Distinct());
        if (oids.Length == 0)
            return new Dictionary<Oid, TableStatistics>();
        var rows = await context.QueryLinkAsync($"SELECT c.oid, {RowsOfTable} FROM pg_catalog.pg_class c WHERE c.oid = ANY ('{{{oids}}}')", cancellation).ConfigureAwait(false);
        return rows.ToDictionary(
            r => new Oid(uint.Parse(r[0]!, CultureInfo.InvariantCulture)),
            r => new TableStatistics(double.Parse(r[1] ?? "0", CultureInfo.InvariantCulture), new Dictionary<string, double>()));
    }

    private async Task<IEnumerable<(DistributedTable Table, TableStatistics Statistics)>> AskAsync(List<DistributedTable> tables, CancellationToken cancellation)
    {
        var shards = tables
            .SelectMany((t, i) => t.Shards.Where(s => !s.Placements.IsEmpty).Take(MostShards).Select(s => (Table: i, Group: s.Placements[0], Name: ShardNames.QuoteQualified(t.Schema, ShardNames.Extend(t.Name, s.Id)))))
            .ToList();
        var sums = new double[tables.Count];
        var values = tables.ConvertAll(_ => new Dictionary<string, double>());
        foreach (var node in shards.GroupBy(s => s.Group))
        {
            var pool = context.Router.Pools.For(context.Map, node.Key, context.Database.Name, context.User);
            var connection = await pool.LendAtOnceAsync(cancellation).ConfigureAwait(false);
            try
            {
                foreach (var row in await connection.QueryAsync(Sql(node.Select(s => (s.Table, s.Name))), cancellation).ConfigureAwait(false))
                {
                    var table = int.Parse(row[0]!, CultureInfo.InvariantCulture);
                    var figure = double.Parse(row[2] ?? "0", CultureInfo.InvariantCulture);
                    if (row[1] is { } column)
                        values[table].TryAdd(column, figure);
                    else
                        sums[table] += figure;
                }
            }
            catch
            {
                connection.Abort();
                throw;
            }
            finally
            {
                pool.Return(connection);
            }
        }

        return tables.Select((t, i) =>
        {
            var rows = sums[i] * Math.Max(1.0, (double)t.Shards.Length / MostShards);

            // A negative number of values is a share of the rows.
            return (t, new TableStatistics(rows, values[i].ToDictionary(v => v.Key, v => v.Value < 0 ? -v.Value * rows : v.Value)));
        });
    }

    private static string Sql(IEnumerable<(int Table, string Name)> shards) =>
        $"""
        SELECT v.i, NULL, pg_catalog.sum({RowsOfTable})
        FROM (VALUES {Values(shards)}) v(i, name) JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(v.name) GROUP BY v.i
        UNION ALL
        SELECT v.i, s.attname, s.n_distinct
        FROM (VALUES {Values(shards.DistinctBy(s => s.Table))}) v(i, name) JOIN pg_catalog.pg_class c ON c.oid = pg_catalog.to_regclass(v.name)
        JOIN pg_catalog.pg_stats s ON s.tablename = c.relname AND s.schemaname = (SELECT n.nspname FROM pg_catalog.pg_namespace n WHERE n.oid = c.relnamespace)
        """;

    private static string Values(IEnumerable<(int Table, string Name)> shards) =>
        string.Join(", ", shards.Select(s => $"({s.Table}, {ShardNames.Literal(s.Name)})"));
}
