using System.Collections.Immutable;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Tests.Support;

/// <summary>
/// A distributed table beside a plain one of the same definition, on one server: the shards are tables in a schema of their own,
/// and each group is a connection. What COPY does to both must be the same.
/// </summary>
public sealed class CopyCluster : ICopyTarget, ICopyCoordinator, IDisposable
{
    private readonly Dictionary<GroupId, CopyConnection> _nodes = [];
    private readonly PostgresFixture _server;
    private readonly CopyConnection _plain;
    private int _sequence;

    private CopyCluster(PostgresFixture server, DistributedTable table, CopyConnection plain)
    {
        _server = server;
        Table = table;
        _plain = plain;
    }

    public DistributedTable Table { get; }

    public CopyConnection Plain => _plain;

    /// <summary>The plan whose rows the shards get.</summary>
    public CopyFromPlan? Plan { get; set; }

    public CopyFromSettings Settings { get; set; } = new();

    /// <summary>The sizes of the chunks the client sends; null: all at once.</summary>
    public Func<int>? ChunkSize { get; set; }

    public int HashCalls { get; private set; }

    /// <param name="columns">Name, type, and constraints such as NOT NULL; the first column called key is the key.</param>
    public static async Task<CopyCluster> CreateAsync(
        PostgresFixture server, string name, string columns, int shards, int nodes, DistributionMethod method = DistributionMethod.Hash)
    {
        var plain = await server.ConnectAsync();
        await plain.QueryAsync($"DROP SCHEMA IF EXISTS plain_{name}, shards_{name} CASCADE");
        await plain.QueryAsync($"CREATE SCHEMA plain_{name}; CREATE SCHEMA shards_{name}; SET search_path = plain_{name}; CREATE TABLE {name} ({columns})");
        var facts = await plain.QueryAsync(
            $"SELECT attname, attnum, atttypid::oid, atttypmod, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute WHERE attrelid = '{name}'::regclass AND attnum > 0");
        ImmutableArray<TableColumn> all =
        [
            .. facts.Select(f => new TableColumn(
                f[0]!, short.Parse(f[1]!), new Oid(uint.Parse(f[2]!)), int.Parse(f[3]!), f[4]!, f[5] == "t", null, ColumnDefaultKind.None)),
        ];
        var placements = Enumerable.Range(1, nodes).Select(n => new GroupId(n)).ToArray();
        var ring = ShardRing.Cut(shards);
        ImmutableArray<Shard> pieces =
        [
            .. ring.Select((bounds, i) => new Shard(
                new ShardId(102008 + i), bounds.Min, bounds.Max, null, null,
                method == DistributionMethod.Hash ? [placements[i % nodes]] : [.. placements])),
        ];
        var key = method == DistributionMethod.Hash ? all.First(c => c.Name == "key") : null;
        var table = new DistributedTable(new Oid(1), $"plain_{name}", name, method, key, new ColocationId(1), all, pieces);
        var cluster = new CopyCluster(server, table, plain);
        for (var i = 0; i < shards; i++)
        {
            foreach (var group in pieces[i].Placements)
                await plain.QueryAsync($"CREATE TABLE {cluster.ShardName(i, group)} (LIKE {name} INCLUDING ALL)");
        }

        foreach (var group in placements)
        {
            cluster._nodes[group] = await server.ConnectAsync();
            await cluster._nodes[group].QueryAsync($"SET search_path = shards_{name}");
        }

        return cluster;
    }

    /// <summary>Loads <paramref name="data"/> into the plain table and into the shards and expects the same of both.</summary>
    /// <returns>The error that both gave, or null.</returns>
    public async Task<PgError?> CompareAsync(byte[] data, CopyOptions options, string[]? columnNames = null)
    {
        var columns = columnNames is null ? Table.Columns : [.. columnNames.Select(n => Table.FindColumn(n)!)];
        var list = string.Join(", ", columns.Select(c => ShardNames.Quote(c.Name)));
        var header = options.Header switch { CopyHeader.None => "", CopyHeader.Skip => ", HEADER", _ => ", HEADER MATCH" };
        await BeginAsync();
        try
        {
            var (plainRows, plainError) = await OutcomeAsync(
                () => _plain.CopyInAsync($"COPY {ShardNames.Quote(Table.Name)} ({list}) FROM STDIN ({options.Text}{header})", data));
            Plan = new CopyFromPlan(Table, columns, options, []);
            var (rows, error) = await OutcomeAsync(() => LoadAsync(data));

            var what = $"{options}\n{Encoding.Latin1.GetString(data).Replace("\r", "<CR>")}";
            Assert.True(Describe(plainError) == Describe(error), $"expected {Describe(plainError)}\nbut got {Describe(error)}\nof {what}");
            Assert.Equal(plainRows, rows);
            if (plainError is null)
                Assert.True(await PlainContentAsync() == await ShardContentAsync(), $"contents differ\nof {what}");
            return plainError;
        }
        finally
        {
            await EndAsync();
        }
    }

    /// <summary>Runs the operator for <see cref="Plan"/>.</summary>
    public Task<long> LoadAsync(byte[] data, CopyFromPlan? plan = null)
    {
        Plan = plan ?? Plan!;
        return new CopyFromOperator(Plan, this, Settings).RunAsync(new ChunkSource(data, ChunkSize), this, default);
    }

    public async Task BeginAsync()
    {
        foreach (var connection in _nodes.Values.Append(_plain))
            await connection.QueryAsync("BEGIN");
    }

    public async Task EndAsync()
    {
        foreach (var connection in _nodes.Values.Append(_plain))
            await connection.QueryAsync("ROLLBACK");
    }

    public ValueTask<ICopyCommand> BeginAsync(GroupId group, int shardIndex, CancellationToken cancellationToken) =>
        ValueTask.FromResult<ICopyCommand>(new Command(this, group, shardIndex));

    private async ValueTask<long> WriteAsync(GroupId group, int shardIndex, ReadOnlyMemory<byte> copyData)
    {
        var columns = string.Join(", ", new CopyFromOperator(Plan!, this).ShardColumns.Select(ShardNames.Quote));
        try
        {
            return await _nodes[group].CopyInAsync($"COPY {ShardName(shardIndex, group)} ({columns}) FROM STDIN ({Plan!.Options.Text})", copyData);
        }
        catch (PgException e) when (group != Table.Shards[shardIndex].Placements[0])
        {
            // The second placement's table is called like the first one's, were it on a server of its own.
            var text = $"_on_{group}";
            throw new PgException(e.Error with
            {
                Message = e.Error.Message.Replace(text, ""),
                Where = e.Error.Where?.Replace(text, ""),
                Table = e.Error.Table?.Replace(text, ""),
            });
        }
    }

    /// <summary>How many rows came in pieces.</summary>
    public int LongRows { get; private set; }

    public ValueTask<IReadOnlyList<byte[]?[]>> NextDefaultsAsync(int count, CancellationToken cancellationToken)
    {
        var rows = new List<byte[]?[]>();
        for (var i = 0; i < count; i++)
            rows.Add([.. Plan!.CoordinatorDefaults.Select(d => DefaultValue(d, ++_sequence))]);
        return ValueTask.FromResult<IReadOnlyList<byte[]?[]>>(rows);
    }

    public Func<CoordinatorDefault, int, byte[]?> DefaultValue { get; set; } = (_, n) => Encoding.UTF8.GetBytes(n.ToString());

    public async ValueTask<int[]> HashByServerAsync(IReadOnlyList<byte[]> keys, CancellationToken cancellationToken)
    {
        HashCalls++;
        var array = string.Join(", ", keys.Select(k => ShardNames.Literal(Encoding.UTF8.GetString(k))));
        var sql = KeyHashers.HashManySql(Table.DistributionColumn!.TypeName).Replace("$1", $"ARRAY[{array}]");
        using var connection = await _server.ConnectAsync();
        return [.. (await connection.QueryAsync(sql)).Select(r => int.Parse(r[0]!))];
    }

    public async ValueTask<(byte[]? Text, PgError? Error)> ConvertAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        using var connection = await _server.ConnectAsync();
        try
        {
            var rows = await connection.QueryAsync($"SELECT convert('\\x{Convert.ToHexString(text.Span)}', '{Settings.ConvertFrom}', 'UTF8')");
            return (Convert.FromHexString(rows[0][0]![2..]), null);
        }
        catch (PgException e)
        {
            return (null, e.Error);
        }
    }

    public void Dispose()
    {
        foreach (var connection in _nodes.Values.Append(_plain))
            connection.Dispose();
    }

    /// <summary>Every row of the shards with the shard that its key belongs to, as the server hashes it, where it is in the right one.</summary>
    public async Task<string?> ShardContentAsync()
    {
        var lines = new List<string>();
        for (var i = 0; i < Table.Shards.Length; i++)
        {
            var shard = Table.Shards[i];
            var seen = new List<List<string>>();
            foreach (var group in shard.Placements)
            {
                var check = Table.DistributionColumn is null
                    ? "true"
                    : $"{KeyHashers.HashExpression("key")} BETWEEN {shard.MinHash} AND {shard.MaxHash}";
                var rows = await _nodes[group].QueryAsync($"SELECT CASE WHEN {check} THEN t::text ELSE 'misplaced ' || t::text END FROM {ShardName(i, group)} t");
                seen.Add([.. rows.Select(r => r[0]!).Order(StringComparer.Ordinal)]);
            }

            Assert.All(seen, s => Assert.Equal(seen[0], s));
            lines.AddRange(seen[0]);
        }

        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    public async Task<string> PlainContentAsync() => string.Join(
        '\n', (await _plain.QueryAsync($"SELECT t::text FROM {ShardNames.Quote(Table.Name)} t")).Select(r => r[0]!).Order(StringComparer.Ordinal));

    private static async Task<(long Rows, PgError? Error)> OutcomeAsync(Func<Task<long>> load)
    {
        try
        {
            return (await load(), null);
        }
        catch (PgException e)
        {
            return (-1, e.Error);
        }
    }

    private static string Describe(PgError? error) =>
        error is null ? "no error" : $"{error.Code} {error.Message} | {error.Detail} | {error.Hint} | {error.Where} | {error.Table} | {error.Column}";

    /// <summary>Groups other than the first have reference shards in tables of another name: on one server names must differ.</summary>
    private string ShardName(int index, GroupId group) =>
        $"shards_{Table.Name}." + ShardNames.Quote(
            ShardNames.Extend(Table.Name, Table.Shards[index].Id) + (group == Table.Shards[index].Placements[0] ? "" : $"_on_{group}"));

    // The node's answer is there when all was sent.
    private sealed class Command(CopyCluster cluster, GroupId group, int shardIndex) : ICopyCommand
    {
        private readonly TaskCompletionSource<long> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            try
            {
                _reply.SetResult(await cluster.WriteAsync(group, shardIndex, data));
            }
            catch (PgException e)
            {
                _reply.SetException(e);
            }
        }

        public async ValueTask SendAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellationToken)
        {
            cluster.LongRows++;
            using var data = new MemoryStream();
            try
            {
                await foreach (var piece in pieces)
                    data.Write(piece.Span);
            }
            catch (OperationCanceledException e)
            {
                _reply.SetException(new PgException(SqlState.QueryCanceled, e.Message));
                return;
            }

            await SendAsync(data.ToArray(), cancellationToken);
        }

        public async ValueTask<long> ReadReplyAsync(CancellationToken cancellationToken) => await _reply.Task;
    }
}
