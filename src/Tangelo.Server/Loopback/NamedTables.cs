using System.Text;
using System.Text.Json;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Sql.Visiting;
using Tangelo.Workers.Transactions;
using Node = PgQuery.Node;

namespace Tangelo.Server.Loopback;

/// <summary>
/// By which name the shards are asked for a partition's rows. PostgreSQL looks at rights and policies of the table that a statement names, and then reads its partitions, of which
/// postgres_fdw tells the router. A role that has no rights on a partition has named a table around it, and the shards are asked for that one, so that they check the rights once more.
/// </summary>
internal sealed class NamedTables(LoopbackContext context)
{
    private readonly ShardRunner _runner = new(context);
    private readonly Dictionary<(Oid Table, SessionSettings Settings, DistributedTransaction Transaction), Known> _known = [];

    /// <summary>The table around the partition that the shards are to be asked for; null: the partition itself.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="statement">As postgres_fdw sends it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">0A000: the policies of the two would show other rows, and nobody can tell which was named.</exception>
    public async ValueTask<TableAround?> FindAsync(DistributedTable partition, Node statement, CancellationToken cancellation)
    {
        var chain = await ChainAsync(partition, cancellation).ConfigureAwait(false);
        if (chain is not [var own, _, ..])
            return null;
        var named = statement.SelectStmt is null ? Written(chain, statement) : Read(chain, statement.SelectStmt);
        return ReferenceEquals(named, own) ? null : new TableAround(named.Table, own.Bound, named.HasPolicies);
    }

    /// <summary>The tables that TRUNCATE is to name: in place of all partitions of a table the role may not empty by themselves, that table.</summary>
    public async ValueTask<IReadOnlyCollection<DistributedTable>> EmptiedAsync(IReadOnlyCollection<DistributedTable> tables, CancellationToken cancellation)
    {
        var named = new Dictionary<Oid, DistributedTable>();
        foreach (var table in tables)
        {
            var chain = table.IsPartition ? await ChainAsync(table, cancellation).ConfigureAwait(false) : [];
            var by = chain is not [{ CanTruncate: false }, ..] ? table
                : chain.Skip(1).FirstOrDefault(t => t.CanTruncate && t.Leaves.IsSubsetOf(tables.Select(x => x.Relation)))?.Table ?? table;
            named[by.Relation] = by;
        }

        return named.Values;
    }

    // What the statement names is known: a trigger has told when it begins (docs/decisions/0085-shards-are-asked-by-the-name-that-was-meant.md).
    private TableAccess Written(IReadOnlyList<TableAccess> chain, Node statement)
    {
        var named = chain.FirstOrDefault(t => t.Table.Relation == context.Parent.NamedByWrite) ?? chain[^1];
        var right = statement.NodeCase switch
        {
            Node.NodeOneofCase.InsertStmt => "INSERT",
            Node.NodeOneofCase.UpdateStmt => "UPDATE",
            _ => "DELETE",
        };
        var reads = statement is not { InsertStmt.ReturningList.Count: 0 };
        var own = chain[0];
        if (own.Has(right) && (!reads || own.Has("SELECT")) && !own.HasPolicies && !named.HasPolicies)
            return own;
        return named.HasSome(right) ? named : own;
    }

    // PostgreSQL on the coordinator applies the policies of a partitioned table that was named. The shards have to show every row, or the same ones; those of a partition
    // itself only they apply.
    private static TableAccess Read(IReadOnlyList<TableAccess> chain, SelectStmt select)
    {
        var columns = new HashSet<string>();
        TreeWalker.Visit(select, message =>
        {
            if (message is ColumnRef column)
                columns.Add(column.Fields[^1].String?.Sval ?? "");
            return true;
        });
        var locks = select.LockingClause.Count > 0;
        var may = chain.Where(t => (t.Has("SELECT") || t.ReadColumns.IsSupersetOf(columns)) && (!locks || t.HasSome("UPDATE"))).ToList();
        if (may.Count == 0)
            return chain[0];
        if (!(ReferenceEquals(may[0], chain[0]) && may[0].HasPolicies) && may.Find(t => !t.HasPolicies) is { } open)
            return open;
        return may.TrueForAll(t => t.Policies == may[0].Policies)
            ? may[0]
            : throw new PgException(
                SqlState.FeatureNotSupported, $"reading partition \"{chain[0].Table.Name}\" inside of the coordinator is not supported with its row-level security",
                "The partition and its table have policies that differ, and the role has rights on both.",
                "Give both the same policies, or revoke the rights on the partition.");
    }

    private async ValueTask<IReadOnlyList<TableAccess>> ChainAsync(DistributedTable partition, CancellationToken cancellation)
    {
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        var key = (Table: partition.Relation, settings, context.Transaction);
        var version = (context.Map.Version, context.Parent.Database.SchemaVersion);
        if (!_known.TryGetValue(key, out var known) || known.Version != version || context.Parent.Metadata.SchemaIsChanged)
        {
            var facts = await FactsAsync(partition, cancellation).ConfigureAwait(false);
            foreach (var table in facts.Values)
                _known[key with { Table = table.Table.Relation }] = new Known(version, ChainOf(table, facts));
            if (!facts.ContainsKey(partition.Relation))
                _known[key] = new Known(version, []);
            known = _known[key];
        }

        return known.Chain;
    }

    private static List<TableAccess> ChainOf(TableAccess table, Dictionary<Oid, TableAccess> facts)
    {
        var chain = new List<TableAccess>();
        for (var next = table; next is not null; next = next.Parent is { } parent ? facts.GetValueOrDefault(parent) : null)
            chain.Add(next);
        return chain;
    }

    // As the role that the shards see, and of its whole tree: one that may do everything with each partition needs no more than this question. The node tells also
    // of what this transaction has made.
    private async ValueTask<Dictionary<Oid, TableAccess>> FactsAsync(DistributedTable partition, CancellationToken cancellation)
    {
        var sql = $"""
            SELECT c.relname, p.relname,
                pg_catalog.concat_ws(',', CASE WHEN f.s THEN 'SELECT' END, CASE WHEN f.i THEN 'INSERT' END, CASE WHEN f.u THEN 'UPDATE' END, CASE WHEN f.d THEN 'DELETE' END,
                    CASE WHEN pg_catalog.has_table_privilege(c.oid, 'TRUNCATE') THEN 'TRUNCATE' END),
                pg_catalog.concat_ws(',', CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'INSERT') THEN 'INSERT' END,
                    CASE WHEN pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') THEN 'UPDATE' END, CASE WHEN f.d THEN 'DELETE' END),
                CASE WHEN NOT f.s AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT') THEN (
                    SELECT pg_catalog.json_agg(a.attname) FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')) END,
                CASE WHEN pg_catalog.row_security_active(c.oid) THEN pg_catalog.md5(coalesce((
                    SELECT pg_catalog.string_agg(q.text, ';' ORDER BY q.text COLLATE pg_catalog."C") FROM (
                        SELECT pg_catalog.concat_ws(' ', polcmd, polpermissive, polroles, pg_catalog.pg_get_expr(polqual, c.oid), '/', pg_catalog.pg_get_expr(polwithcheck, c.oid)) AS text
                        FROM pg_catalog.pg_policy WHERE polrelid = c.oid) q), '')) END,
                CASE WHEN x.isleaf AND (NOT (f.s AND f.i AND f.u AND f.d) OR pg_catalog.bool_or(c.relrowsecurity) OVER ()) THEN pg_catalog.pg_get_partition_constraintdef(c.oid) END
            FROM pg_catalog.pg_partition_tree(pg_catalog.pg_partition_root((
                SELECT o.oid FROM pg_catalog.pg_class o JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
                WHERE n.nspname = {ShardNames.Literal(partition.Schema)} AND o.relname = {ShardNames.Literal(ShardNames.Extend(partition.Name, partition.Shards[0].Id))}))) x
            JOIN pg_catalog.pg_class c ON c.oid = x.relid LEFT JOIN pg_catalog.pg_class p ON p.oid = x.parentrelid,
            LATERAL (SELECT pg_catalog.has_table_privilege(c.oid, 'SELECT'), pg_catalog.has_table_privilege(c.oid, 'INSERT'), pg_catalog.has_table_privilege(c.oid, 'UPDATE'),
                pg_catalog.has_table_privilege(c.oid, 'DELETE')) AS f (s, i, u, d)
            """;
        var rows = new RowListSink();
        await _runner.RunTextsAsync(
            [(new ShardTask(partition.Shards[0].Placements[0], 0), Encoding.UTF8.GetBytes(sql))], ParameterSet.None, [], write: false, rows, cancellation).ConfigureAwait(false);
        var found = new Dictionary<Oid, TableAccess>();
        foreach (var row in rows.ReadText())
        {
            if (TableOf(row[0]!) is not { } table)
                continue;
            var columns = row[4] is { } list ? JsonSerializer.Deserialize<string[]>(list)! : [];
            found[table.Relation] = new TableAccess(table, row[1] is { } parent ? TableOf(parent)?.Relation : null, row[2]!.Split(','), row[3]!.Split(','), [.. columns], row[5], row[6]);
        }

        foreach (var leaf in found.Values.Where(t => !t.Table.IsPartitioned))
        {
            foreach (var above in ChainOf(leaf, found))
                above.Leaves.Add(leaf.Table.Relation);
        }

        return found;
    }

    private DistributedTable? TableOf(string shard) =>
        long.TryParse(shard.AsSpan(shard.LastIndexOf('_') + 1), out var id) ? context.Map.FindShard(new ShardId(id))?.Table : null;

    private sealed record Known((long Map, long Schema) Version, IReadOnlyList<TableAccess> Chain);

    /// <param name="Table">A partition, or a table around it.</param>
    /// <param name="Parent">The next table around it.</param>
    /// <param name="Rights">What the role may do with the whole of it.</param>
    /// <param name="SomeRights">The same, or with some of its columns.</param>
    /// <param name="ReadColumns">The columns that it may read, where it may not read all.</param>
    /// <param name="Policies">What row-level security does there; null where it does nothing for the role.</param>
    /// <param name="Bound">The condition that all of its rows fulfil, and no others of its root.</param>
    private sealed record TableAccess(
        DistributedTable Table, Oid? Parent, string[] Rights, string[] SomeRights, HashSet<string> ReadColumns, string? Policies, string? Bound)
    {
        public bool HasPolicies => Policies is not null;

        public bool CanTruncate => Has("TRUNCATE");

        public HashSet<Oid> Leaves { get; } = [];

        public bool Has(string right) => Rights.Contains(right);

        public bool HasSome(string right) => SomeRights.Contains(right);
    }
}

/// <summary>A table around a partition.</summary>
/// <param name="Table">The table.</param>
/// <param name="Bound">The condition for the rows of the partition.</param>
/// <param name="HasPolicies">Row-level security applies there.</param>
internal sealed record TableAround(DistributedTable Table, string? Bound, bool HasPolicies);
