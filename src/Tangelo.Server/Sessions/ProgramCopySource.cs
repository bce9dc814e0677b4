using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution.Copy;

namespace Tangelo.Server.Sessions;

/// <summary>
/// What a program on the coordinator's machine prints. It prints into a file among PostgreSQL's temporary ones, which is read when the program has ended: a COPY of
/// PostgreSQL's can read it only into a table. PostgreSQL has said before that the client's role may run programs (<see cref="CopyStatementCheck"/>).
/// </summary>
internal sealed class ProgramCopySource(SessionContext context, string program) : ICopySource, IAsyncDisposable
{
    // What a server finds there when it starts, and is called so, it removes.
    private const string Folder = "base/pgsql_tmp";

    private readonly string _file = $"{Folder}/pgsql_tmp_tangelo_{Guid.NewGuid():N}";
    private FileCopySource? _printed;
    private PgException? _failure;

    /// <summary>Runs the program and reads the first piece.</summary>
    /// <exception cref="PgException">It could not be run.</exception>
    public async ValueTask OpenAsync(CancellationToken cancellation)
    {
        try
        {
            await RunAsync($"mkdir -p {Folder} && (\n{program}\n) < /dev/null > {_file}", cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code == SqlState.ExternalRoutineException)
        {
            _failure = new PgException(new PgError { Code = e.Code, Message = $"program \"{program}\" failed", Detail = e.Error.Detail }, e);
        }

        _printed = new FileCopySource(context.Database.Coordinator, _file);
        try
        {
            await _printed.OpenAsync(cancellation).ConfigureAwait(false);
        }
        catch (PgException) when (_failure is not null)
        {
            // What the shell cannot read prints nothing.
            throw _failure;
        }
    }

    /// <inheritdoc/>
    public ValueTask<CopySourceMessage> ReadAsync(CancellationToken cancellationToken) => _printed!.ReadAsync(cancellationToken);

    /// <summary>All that it has printed has been loaded: PostgreSQL, too, looks at that first.</summary>
    /// <exception cref="PgException">The program has failed.</exception>
    public void RequireSuccess()
    {
        if (_failure is not null)
            throw _failure;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_printed is not null)
            await _printed.DisposeAsync().ConfigureAwait(false);
        try
        {
            await RunAsync($"rm -f {_file}", CancellationToken.None).ConfigureAwait(false);
        }
        catch (PgException)
        {
            // The coordinator is gone, and removes the file when it starts.
        }
    }

    private async Task RunAsync(string shell, CancellationToken cancellation) => await context.Router.OnNodeAsync(
        context.Database,
        GroupId.Coordinator,
        (connection, stop) => connection.QueryAsync($"COPY (SELECT WHERE false) TO PROGRAM {ShardNames.Literal(shell)}", stop),
        cancellation).ConfigureAwait(false);
}
