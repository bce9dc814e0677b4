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
internal sealed class IntermediateResult(Subplan plan) : IAsyncDisposable
{
    private const int PieceSize = 128 * 1024;

    // PGCOPY, flags and the length of an extension.
    private static readonly byte[] CopyHeader = [.. "PGCOPY\n"u8, 0xff, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private readonly Dictionary<BackendConnection, string> _tables = [];
    private IReadOnlyList<ReadOnlyMemory<byte>>? _arrays;

    public RowSpool Rows { get; } = new();

    public Subplan Plan => plan;

    /// <summary>How many rows it has.</summary>
    public long Count { get; set; }

    /// <summary>How long it took to read them.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>True when the rows are in binary form, else they are text.</summary>
    public bool IsBinary { get; } = plan.Columns.All(c => BinaryTypes.NameOf(c.Type) is not null);

    /// <summary>The rows as one array per column, for as many parameters.</summary>
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ArraysAsync(CancellationToken cancellation)
    {
        if (_arrays is not null)
            return _arrays;
        Rows.Rewind();
        if (IsBinary)
        {
            using var builder = new BinaryArrayBuilder(plan.Columns.Select(c => c.Type));
            while (await Rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
                builder.Add(row.Span[5..]);
            return _arrays = [.. builder.ToArrays().Select(a => (ReadOnlyMemory<byte>)a)];
        }

        using var texts = new TextArrayBuilder();
        while (await Rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
            texts.Add(row.Span[5..]);
        return _arrays = [.. plan.Columns.Select((_, i) => (ReadOnlyMemory<byte>)(texts.Rows == 0 ? "{}"u8.ToArray() : texts.Column(i).ToArray()))];
    }

    /// <summary>The FROM item over the arrays when the first of them is parameter <paramref name="first"/>.</summary>
    public string FromArrays(int first)
    {
        var names = plan.Columns.Select(c => ShardNames.Quote(c.Name)).ToList();
        var arrays = plan.Columns.Select((c, i) => $"${first + i}::{(IsBinary ? BinaryTypes.NameOf(c.Type) : "pg_catalog.text")}[]");
        var values = names.Select((n, i) => IsBinary ? n : $"{n}::{plan.Columns[i].TypeName} AS {n}");
        return $"(SELECT {string.Join(", ", values)} FROM ROWS FROM (unnest({string.Join(", ", arrays)})) AS tangelo_rows ({string.Join(", ", names)}))";
    }

    /// <summary>The name of the temporary table with the rows that this connection has, or null.</summary>
    public string? TableOn(BackendConnection connection) => _tables.GetValueOrDefault(connection);

    /// <summary>
    /// Makes a temporary table with the rows on a connection that is in a transaction, at whose end it is dropped. What was written to the connection
    /// before has been answered.
    /// </summary>
    /// <exception cref="PgException">The server's error; the connection is in step.</exception>
    public async Task<string> LoadAsync(BackendConnection connection, string name, CancellationToken cancellation)
    {
        var columns = string.Join(", ", plan.Columns.Select(c => $"{ShardNames.Quote(c.Name)} {(IsBinary ? BinaryTypes.NameOf(c.Type) : c.TypeName)}"));
        FrontendMessages.Query(
            connection.Out,
            $"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP; COPY pg_temp.{name} FROM STDIN{(IsBinary ? " (FORMAT binary)" : "")}");
        Rows.Rewind();
        if (IsBinary)
            await SendBinaryAsync(connection, cancellation).ConfigureAwait(false);
        else
            await SendTextAsync(connection, cancellation).ConfigureAwait(false);
        FrontendMessages.CopyDone(connection.Out);
        await connection.FlushAsync(cancellation).ConfigureAwait(false);
        await ReadEndAsync(connection, cancellation).ConfigureAwait(false);
        _tables[connection] = name;
        return name;
    }

    /// <summary>The parameters of a query that is to give rows for this result.</summary>
    public ParameterSet ForSource(ParameterSet parameters) => IsBinary ? parameters.WithBinaryResults() : parameters.WithTextResults();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Rows.DisposeAsync();

    // The body of a DataRow in binary format is a tuple of COPY's.
    private async ValueTask SendBinaryAsync(BackendConnection connection, CancellationToken cancellation)
    {
        connection.Out.WriteMessage(FrontendCode.CopyData, CopyHeader);
        while (await Rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
        {
            connection.Out.WriteMessage(FrontendCode.CopyData, row.Span[5..]);
            if (connection.Out.Length > PieceSize)
                await connection.FlushAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask SendTextAsync(BackendConnection connection, CancellationToken cancellation)
    {
        using var text = new CopyTextEncoder();
        while (await Rows.ReadAsync(cancellation).ConfigureAwait(false) is { IsEmpty: false } row)
        {
            text.Add(row.Span[5..]);
            if (text.Written.Length < PieceSize)
                continue;
            connection.Out.WriteMessage(FrontendCode.CopyData, text.Written.Span);
            text.Reset();
            await connection.FlushAsync(cancellation).ConfigureAwait(false);
        }

        connection.Out.WriteMessage(FrontendCode.CopyData, text.Written.Span);
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
