using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution.Intermediate;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Execution.Recursive;

/// <summary>The rows of a part that has run, and the ways in which another statement can read them.</summary>
/// <param name="plan">What gives them.</param>
/// <param name="asText">True to have them as text whatever their types are.</param>
internal sealed class IntermediateResult(Subplan plan, bool asText = false) : IAsyncDisposable
{
    private const int PieceSize = 128 * 1024;

    // PGCOPY, flags and the length of an extension.
    private static readonly byte[] CopyHeader = [.. "PGCOPY\n"u8, 0xff, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly Dictionary<(BackendConnection Connection, int Part), string> _tables = [];
    private readonly Dictionary<int, IReadOnlyList<ReadOnlyMemory<byte>>> _arrays = [];
    private readonly RowSpool[] _parts = plan.Split is { } split
        ? [.. Enumerable.Range(0, split.Parts).Select(_ => new RowSpool(RowSpool.DefaultMemory / split.Parts))]
        : [new RowSpool()];

    /// <summary>Bytes kept.</summary>
    public long Length => _parts.Sum(p => p.Length);

    /// <summary>What the temporary tables of the parts are called, before the number of the shard.</summary>
    public string? PartsName { get; set; }

    /// <summary>True when each shard reads a part of its own.</summary>
    public bool IsSplit => plan.Split is not null;

    public Subplan Plan => plan;

    /// <summary>How many rows it has.</summary>
    public long Count { get; set; }

    /// <summary>How long it took to read them.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>True when the rows are in binary form, else they are text.</summary>
    public bool IsBinary { get; } = !asText && plan.Columns.All(c => BinaryTypes.NameOf(c.Type) is not null);

    /// <summary>Takes the rows.</summary>
    public RowSink Sink(IExecutionContext context) => plan.Split is { } split ? new SplitSink(context, split, IsBinary, _parts) : _parts[0];

    /// <summary>The rows, or those of a part, as one array per column, for as many parameters.</summary>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ArraysAsync(int part, CancellationToken cancellation)
    {
        if (_arrays.TryGetValue(part, out var known))
            return known;
        var rows = _parts[part];
        rows.Rewind();
        if (IsBinary)
        {
            using var builder = new BinaryArrayBuilder(plan.Columns.Select(c => c.Type));
            while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
                builder.Add(row.Span[5..]);
            return _arrays[part] = [.. builder.ToArrays().Select(a => (ReadOnlyMemory<byte>)a)];
        }

        using var texts = new TextArrayBuilder();
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
            texts.Add(row.Span[5..]);
        return _arrays[part] = [.. plan.Columns.Select((_, i) => (ReadOnlyMemory<byte>)(texts.Rows == 0 ? "{}"u8.ToArray() : texts.Column(i).ToArray()))];
    }

    /// <summary>The FROM item over the arrays when the first of them is parameter <paramref name="first"/>.</summary>
    public string FromArrays(int first) => From(i => $"${first + i}");

    /// <summary>The FROM item over arrays that the expressions <paramref name="array"/> give.</summary>
    public string From(Func<int, string> array)
    {
        var names = plan.Columns.Select(c => ShardNames.Quote(c.Name)).ToList();
        var arrays = plan.Columns.Select((c, i) => $"{array(i)}::{(IsBinary ? BinaryTypes.NameOf(c.Type) : "pg_catalog.text")}[]");
        var values = names.Select((n, i) => IsBinary && plan.Columns[i].Collation is null ? n : $"{n}::{plan.Columns[i].TypeName}{Collate(plan.Columns[i])} AS {n}");
        return $"(SELECT {string.Join(", ", values)} FROM ROWS FROM (unnest({string.Join(", ", arrays)})) AS tangelo_rows ({string.Join(", ", names)}))";
    }

    private static string Collate(IntermediateColumn column) => column.Collation is { } collation ? " COLLATE " + collation : "";

    /// <summary>The name of the temporary table with the rows, or those of a part, that this connection has, or null.</summary>
    public string? TableOn(BackendConnection connection, int part = 0) => _tables.GetValueOrDefault((connection, part));

    /// <summary>
    /// Makes a temporary table with the rows on a connection that is in a transaction, at whose end it is dropped. What was written to the connection
    /// before has been answered.
    /// </summary>
    /// <exception cref="PgException">The server's error; the connection is in step.</exception>
    public async Task<string> LoadAsync(BackendConnection connection, string name, int part, CancellationToken cancellation)
    {
        var columns = string.Join(", ", plan.Columns.Select(c => $"{ShardNames.Quote(c.Name)} {(IsBinary ? BinaryTypes.NameOf(c.Type) : c.TypeName)}{Collate(c)}"));
        FrontendMessages.Query(
            connection.Out,
            $"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP; COPY pg_temp.{name} FROM STDIN{(IsBinary ? " (FORMAT binary)" : "")}");
        _parts[part].Rewind();
        if (IsBinary)
            await SendBinaryAsync(_parts[part], connection, cancellation).ConfigureAwait(false);
        else
            await CopyTextStream.SendAsync(_parts[part], connection, cancellation).ConfigureAwait(false);
        FrontendMessages.CopyDone(connection.Out);
        await connection.FlushAsync(cancellation).ConfigureAwait(false);
        await ReadEndAsync(connection, cancellation).ConfigureAwait(false);
        lock (_tables)
            _tables[(connection, part)] = name;
        return name;
    }

    /// <summary>The parameters of a query that is to give rows for this result.</summary>
    public ParameterSet ForSource(ParameterSet parameters) => IsBinary ? parameters.WithBinaryResults() : parameters.WithTextResults();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts)
            await part.DisposeAsync().ConfigureAwait(false);
    }

    // The body of a DataRow in binary format is a tuple of COPY's.
    private static async ValueTask SendBinaryAsync(RowSpool rows, BackendConnection connection, CancellationToken cancellation)
    {
        connection.Out.WriteMessage(FrontendCode.CopyData, CopyHeader);
        while (await rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
        {
            connection.Out.WriteMessage(FrontendCode.CopyData, row.Span[5..]);
            if (connection.Out.Length > PieceSize)
                await connection.FlushAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static async ValueTask ReadEndAsync(BackendConnection connection, CancellationToken cancellation)
    {
        PgException? failure = null;
        while (true)
        {
            var message = await connection.ReadReplyAsync(cancellation).ConfigureAwait(false);
            if (message.Type == BackendCode.ErrorResponse)
                failure ??= new PgException(connection.Failure(ErrorFields.Read(message.Body.Span)));
            if (message.Type == BackendCode.ReadyForQuery || !connection.IsHealthy)
                break;
        }

        if (failure is not null)
            throw failure;
    }
}
