using Tangelo.Core;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Execution.Recursive;

/// <summary>The intermediate results of one statement, and how its texts read them on a connection: as array parameters or from temporary tables.</summary>
/// <param name="tables">Where there may be temporary tables.</param>
/// <param name="around">The results of the statement that this is a part of.</param>
internal sealed class IntermediateResults(ResultTables tables, IntermediateResults? around = null) : IAsyncDisposable
{
    /// <summary>More bytes than this, counted once for each text that reads them, go through a table.</summary>
    private const long ParameterLimit = 1 << 20;

    /// <summary>More bytes than this go through tables where each shard reads a part of its own.</summary>
    private const long SplitLimit = 16 << 20;

    /// <summary>PostgreSQL takes messages of up to a gigabyte.</summary>
    private const long MessageLimit = 400 << 20;

    /// <summary>More bytes than this are too many for settings, which PostgreSQL copies.</summary>
    private const long SettingLimit = 64 << 20;

    private static long NextTable;

    private readonly Dictionary<int, IntermediateResult> _results = [];

    public void Add(IntermediateResult result) => _results.Add(result.Plan.Id, result);

    /// <summary>The results of a part that has parts of its own: it sees these, and its own are its own.</summary>
    public IntermediateResults Nested() => new(tables, this);

    /// <summary>A result by its number.</summary>
    public IntermediateResult Find(int id) => _results.TryGetValue(id, out var result) ? result : around!.Find(id);

    /// <summary>A query and parameters with which it reads the results, for all of the connections.</summary>
    /// <param name="query">With holes for results.</param>
    /// <param name="request">The client's parameters.</param>
    /// <param name="nodes">Where it is going to run, and for which shards.</param>
    /// <param name="place">What these connections are; with <see cref="ResultTables.Always"/> results come as tables wherever they may.</param>
    /// <param name="settle">Reads what is still on its way on the connections.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<(ShardQuery Query, StatementRequest Request)> FillAsync(
        ShardQuery query,
        StatementRequest request,
        IReadOnlyList<(BackendConnection Connection, IReadOnlyList<int> Shards)> nodes,
        ResultTables place,
        Func<ValueTask> settle,
        CancellationToken cancellation)
    {
        var results = query.Intermediates.Select(i => i.Id).Distinct().Select(Find).ToList();
        if (results.Count == 0)
            return (query, request);
        var texts = new Dictionary<int, IReadOnlyList<ShardQueryPart>>();
        var asArrays = new List<IntermediateResult>();
        foreach (var result in results)
        {
            if ((tables & place) != 0 && (place.HasFlag(ResultTables.Always) || IsForTables(result, nodes)))
            {
                await settle().ConfigureAwait(false);
                if (await MayMakeTablesAsync(nodes, cancellation).ConfigureAwait(false))
                {
                    texts[result.Plan.Id] = result.IsSplit
                        ? await SplitTablesAsync(result, nodes, cancellation).ConfigureAwait(false)
                        : [new TextPart($"(SELECT * FROM pg_temp.{await TableAsync(result, nodes, cancellation).ConfigureAwait(false)})")];
                    continue;
                }
            }

            if (result.Length > MessageLimit)
                throw TooLarge();
            asArrays.Add(result);
        }

        // Those that all shards read come first: the others follow in each shard's own parameters.
        var arrays = new List<ReadOnlyMemory<byte>>();
        var formats = new List<bool>();
        var number = request.Parameters.Count + 1;
        foreach (var result in asArrays.OrderBy(r => r.IsSplit))
        {
            texts[result.Plan.Id] = [new TextPart(result.FromArrays(number))];
            number += result.Plan.Columns.Length;
            if (result.IsSplit)
                continue;
            arrays.AddRange(await result.ArraysAsync(0, cancellation).ConfigureAwait(false));
            formats.AddRange(result.Plan.Columns.Select(_ => result.IsBinary));
        }

        if (arrays.Sum(a => (long)a.Length) > MessageLimit)
            throw TooLarge();
        var parameters = request.Parameters.Append(arrays, formats);
        var filled = request with
        {
            Parameters = await WithPartsAsync(parameters, asArrays.FindAll(r => r.IsSplit), nodes, cancellation).ConfigureAwait(false),
            ParameterTypes = [.. request.ParameterTypes, .. asArrays.SelectMany(r => r.Plan.Columns).Select(_ => new Oid(0))],
        };
        return (query.With(p => texts[p.Id]), filled);
    }

    /// <summary>
    /// A query for the coordinator that reads the results from settings of the transaction: for statements that know no parameters, also where there can be no
    /// temporary tables.
    /// </summary>
    public async ValueTask<ShardQuery> FillFromSettingsAsync(ShardQuery query, LinkRunner link, CancellationToken cancellation)
    {
        var texts = new Dictionary<int, string>();
        foreach (var result in query.Intermediates.Select(i => i.Id).Distinct().Select(Find))
        {
            if (result.Length > SettingLimit)
                throw TooLarge();
            string Setting(int column) => $"tangelo.result_{result.Plan.Id}_{column}";
            var sets = Enumerable.Range(0, result.Plan.Columns.Length).Select(i => $"pg_catalog.set_config('{Setting(i)}', ${i + 1}, true)");
            var arrays = ParameterSet.None.Append(await result.ArraysAsync(0, cancellation).ConfigureAwait(false), [.. result.Plan.Columns.Select(_ => false)]);
            await link.RunAsync($"SELECT {string.Join(", ", sets)}", arrays, [], NullSink.Instance, cancellation).ConfigureAwait(false);
            texts[result.Plan.Id] = result.From(i => $"pg_catalog.current_setting('{Setting(i)}')");
        }

        return query.With(p => [new TextPart(texts[p.Id])]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var result in _results.Values)
            await result.DisposeAsync().ConfigureAwait(false);
    }

    private static bool IsForTables(IntermediateResult result, IReadOnlyList<(BackendConnection Connection, IReadOnlyList<int> Shards)> nodes) =>
        result.IsSplit ? result.Length > SplitLimit : result.Length * nodes.Max(n => n.Shards.Count) > ParameterLimit;

    private static async ValueTask<ParameterSet> WithPartsAsync(
        ParameterSet parameters,
        List<IntermediateResult> split,
        IReadOnlyList<(BackendConnection Connection, IReadOnlyList<int> Shards)> nodes,
        CancellationToken cancellation)
    {
        if (split.Count == 0)
            return parameters;
        var formats = split.SelectMany(r => r.Plan.Columns.Select(_ => r.IsBinary)).ToList();
        var parts = new Dictionary<int, List<ReadOnlyMemory<byte>>>();
        foreach (var shard in nodes.SelectMany(n => n.Shards))
        {
            parts[shard] = [];
            foreach (var result in split)
                parts[shard].AddRange(await result.ArraysAsync(shard, cancellation).ConfigureAwait(false));
        }

        return parameters.WithShards(shard => parameters.Append(parts[shard], formats));
    }

    // The same name everywhere, as the same text runs everywhere. One node after the other: the rows are read from one place.
    private static async ValueTask<string> TableAsync(
        IntermediateResult result, IReadOnlyList<(BackendConnection Connection, IReadOnlyList<int> Shards)> nodes, CancellationToken cancellation)
    {
        var name = nodes.Select(n => result.TableOn(n.Connection)).OfType<string>().FirstOrDefault() ?? NewName();
        foreach (var (connection, _) in nodes)
        {
            if (result.TableOn(connection) is null)
                await result.LoadAsync(connection, name, 0, cancellation).ConfigureAwait(false);
        }

        return name;
    }

    // A table for each part, on the node of its shard. Nodes are loaded at the same time: their parts are different ones.
    private static async ValueTask<IReadOnlyList<ShardQueryPart>> SplitTablesAsync(
        IntermediateResult result, IReadOnlyList<(BackendConnection Connection, IReadOnlyList<int> Shards)> nodes, CancellationToken cancellation)
    {
        var name = result.PartsName ??= NewName();
        await Task.WhenAll(nodes.Select(async node =>
        {
            foreach (var shard in node.Shards.Where(s => result.TableOn(node.Connection, s) is null))
                await result.LoadAsync(node.Connection, $"{name}_{shard}", shard, cancellation).ConfigureAwait(false);
        })).ConfigureAwait(false);
        return [new TextPart($"(SELECT * FROM pg_temp.{name}_"), new ShardIndexPart(), new TextPart(")")];
    }

    private static string NewName() => $"tangelo_{Environment.ProcessId}_{Interlocked.Increment(ref NextTable)}";

    private static async ValueTask<bool> MayMakeTablesAsync(
        IReadOnlyList<(BackendConnection Connection, IReadOnlyList<int> Shards)> nodes, CancellationToken cancellation)
    {
        const string Sql = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') AND pg_catalog.current_setting('transaction_read_only') = 'off'";
        foreach (var (connection, _) in nodes)
        {
            FrontendMessages.Query(connection.Out, Sql);
            await connection.FlushAsync(cancellation).ConfigureAwait(false);
            if ((await connection.ReadResultAsync(cancellation).ConfigureAwait(false))[0][0] != "t")
                return false;
        }

        return true;
    }

    private static PgException TooLarge() => new(
        SqlState.ProgramLimitExceeded,
        "the intermediate results of this query are too large for a transaction block, a pipelined batch, or a role without the right to make temporary tables",
        hint: "Run the query by itself.");
}

/// <summary>Where temporary tables may hold intermediate results.</summary>
[Flags]
internal enum ResultTables
{
    /// <summary>Nowhere: all of them are parameters.</summary>
    None = 0,

    /// <summary>On nodes.</summary>
    OnNodes = 1,

    /// <summary>On the coordinator.</summary>
    OnLink = 2,

    /// <summary>Also for few rows.</summary>
    Always = 4,
}
