using System.Data;
using Npgsql;
using Tangelo.Core;
using Tangelo.Execution.Copy;

namespace Tangelo.Server.Sessions;

/// <summary>
/// A file on the coordinator's machine, which the coordinator reads piece by piece. PostgreSQL has said before that the client's role may read files
/// (<see cref="CopyStatementCheck"/>).
/// </summary>
internal sealed class FileCopySource(NpgsqlDataSource coordinator, string file) : ICopySource, IAsyncDisposable
{
    private readonly byte[] _piece = new byte[1024 * 1024];
    private NpgsqlConnection? _connection;
    private NpgsqlCommand? _read;
    private long _offset;
    private int _filled;
    private bool _isFirst;

    /// <summary>Reads the first piece.</summary>
    /// <exception cref="PgException">PostgreSQL's error: the file cannot be read, or is none.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellation)
    {
        _connection = await coordinator.OpenConnectionAsync(cancellation).ConfigureAwait(false);
        _read = new NpgsqlCommand($"SELECT pg_catalog.pg_read_binary_file($1, $2, {_piece.Length})", _connection);
        _read.Parameters.Add(new NpgsqlParameter<string> { TypedValue = file });
        _read.Parameters.Add(new NpgsqlParameter<long>());
        await ReadPieceAsync(cancellation).ConfigureAwait(false);
        _isFirst = true;
    }

    /// <inheritdoc/>
    public async ValueTask<CopySourceMessage> ReadAsync(CancellationToken cancellationToken)
    {
        if (!_isFirst)
            await ReadPieceAsync(cancellationToken).ConfigureAwait(false);
        _isFirst = false;
        return _filled == 0 ? CopySourceMessage.Done : new CopySourceMessage(CopySourceKind.Data, _piece.AsMemory(0, _filled));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_read is not null)
            await _read.DisposeAsync().ConfigureAwait(false);
        if (_connection is not null)
            await _connection.DisposeAsync().ConfigureAwait(false);
    }

    // The last piece may be a short one, and the next is empty: a file can grow while it is read, as PostgreSQL's own COPY has it.
    private async ValueTask ReadPieceAsync(CancellationToken cancellation)
    {
        try
        {
            _read!.Parameters[1].Value = _offset;
            await using var reader = await _read.ExecuteReaderAsync(CommandBehavior.SequentialAccess | CommandBehavior.SingleRow, cancellation).ConfigureAwait(false);
            await reader.ReadAsync(cancellation).ConfigureAwait(false);
            await using var stream = await reader.GetStreamAsync(0, cancellation).ConfigureAwait(false);
            _filled = await stream.ReadAtLeastAsync(_piece, _piece.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            _offset += _filled;
        }
        catch (PostgresException e)
        {
            throw new PgException(ErrorOf(e), e);
        }
    }

    private PgError ErrorOf(PostgresException e) => e.SqlState switch
    {
        SqlState.WrongObjectType => new PgError { Code = e.SqlState, Message = $"\"{file}\" is a directory" },
        _ when _offset > 0 => new PgError { Code = e.SqlState, Message = e.MessageText },
        _ => new PgError
        {
            Code = e.SqlState,
            Message = e.MessageText,
            Hint = "COPY FROM instructs the PostgreSQL server process to read a file. You may want a client-side facility such as psql's \\copy.",
        },
    };
}
