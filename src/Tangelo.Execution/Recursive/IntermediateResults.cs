using System.Collections.Immutable;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Execution.Recursive;

/// <summary>The intermediate results of one statement, and how its texts read them on a connection: as array parameters or from temporary tables.</summary>
internal sealed class IntermediateResults(bool allowsTables, IntermediateResults? around = null) : IAsyncDisposable
{
    /// <summary>More bytes than this, counted once for each text that reads them, go through a table.</summary>
    private const long ParameterLimit = 1 << 20;

    /// <summary>PostgreSQL takes messages of up to a gigabyte.</summary>
    private const long MessageLimit = 400 << 20;

    private static long NextTable;

    private readonly Dictionary<int, IntermediateResult> _results = [];

    public void Add(IntermediateResult result) => _results.Add(result.Plan.Id, result);

    /// <summary>The results of a part that has parts of its own: it sees these, and its own are its own.</summary>
    public IntermediateResults Nested() => new(allowsTables, this);

    /// <summary>A result by its number.</summary>
    public IntermediateResult Find(int id) => _results.TryGetValue(id, out var result) ? result : around!.Find(id);

    /// <summary>A query and parameters with which it reads the results, for all of the connections.</summary>
    /// <param name="query">With holes for results.</param>
    /// <param name="request">The client's parameters.</param>
    /// <param name="connections">Where it is going to run, and how many times on each.</param>
    /// <param name="settle">Reads what is still on its way on the connections.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<(ShardQuery Query, StatementRequest Request)> FillAsync(
        ShardQuery query,
        StatementRequest request,
        IReadOnlyList<(BackendConnection Connection, int Times)> connections,
        Func<ValueTask> settle,
        CancellationToken cancellation)
    {
        var ids = query.Intermediates.Select(i => i.Id).Distinct().ToList();
        if (ids.Count == 0)
            return (query, request);
        var texts = new Dictionary<int, string>();
        var arrays = new List<ReadOnlyMemory<byte>>();
        var formats = new List<bool>();
        foreach (var result in ids.Select(Find))
        {
            if (allowsTables && result.Rows.Length * connections.Max(c => c.Times) > ParameterLimit)
            {
                await settle().ConfigureAwait(false);
                if (await TableAsync(result, connections, cancellation).ConfigureAwait(false) is { } table)
                {
                    texts[result.Plan.Id] = $"(SELECT * FROM pg_temp.{table})";
                    continue;
                }
            }

            if (result.Rows.Length > MessageLimit)
                throw TooLarge();
            texts[result.Plan.Id] = result.FromArrays(request.Parameters.Count + arrays.Count + 1);
            arrays.AddRange(await result.ArraysAsync(cancellation).ConfigureAwait(false));
            formats.AddRange(result.Plan.Columns.Select(_ => result.IsBinary));
        }

        if (arrays.Sum(a => (long)a.Length) > MessageLimit)
            throw TooLarge();
        var filled = request with
        {
            Parameters = request.Parameters.Append(arrays, formats),
            ParameterTypes = [.. request.ParameterTypes, .. arrays.Select(_ => new Oid(0))],
        };
        return (query.With(p => texts[p.Id]), filled);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var result in _results.Values)
            await result.DisposeAsync().ConfigureAwait(false);
    }

    // The same name everywhere, as the same text runs everywhere.
    private static async ValueTask<string?> TableAsync(
        IntermediateResult result, IReadOnlyList<(BackendConnection Connection, int Times)> connections, CancellationToken cancellation)
    {
        var missing = connections.Select(c => c.Connection).Where(c => result.TableOn(c) is null).ToList();
        var known = connections.Select(c => result.TableOn(c.Connection)).OfType<string>().FirstOrDefault();
        foreach (var connection in missing)
        {
            if (!await MayMakeTablesAsync(connection, cancellation).ConfigureAwait(false))
                return null;
        }

        var name = known ?? $"tangelo_{Environment.ProcessId}_{Interlocked.Increment(ref NextTable)}";

        // One node after the other: the rows are read from one place.
        foreach (var connection in missing)
            await result.LoadAsync(connection, name, cancellation).ConfigureAwait(false);
        return name;
    }

    private static async ValueTask<bool> MayMakeTablesAsync(BackendConnection connection, CancellationToken cancellation)
    {
        const string Sql = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMP') AND pg_catalog.current_setting('transaction_read_only') = 'off'";
        FrontendMessages.Query(connection.Out, Sql);
        await connection.FlushAsync(cancellation).ConfigureAwait(false);
        return (await connection.ReadResultAsync(cancellation).ConfigureAwait(false))[0][0] == "t";
    }

    private static PgException TooLarge() => new(
        SqlState.ProgramLimitExceeded,
        "the intermediate results of this query are too large for a transaction block, a pipelined batch, or a role without the right to make temporary tables",
        hint: "Run the query by itself.");
}
