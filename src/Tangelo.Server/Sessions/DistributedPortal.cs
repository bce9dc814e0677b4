using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>A statement with its parameters. Once it is executed with a row limit its whole result waits in the spool.</summary>
internal sealed class DistributedPortal(string name, ClientStatement source, CompiledStatement statement, ParameterSet parameters) : IAsyncDisposable
{
    private const string SelectTag = "SELECT ";

    public string Name => name;

    public ClientStatement Source => source;

    public CompiledStatement Statement => statement;

    public ParameterSet Parameters => parameters;

    public RowSpool? Spool { get; set; }

    public string Tag { get; set; } = "";

    /// <summary>True once it has run to its end.</summary>
    public bool IsDone { get; set; }

    /// <summary>The tag after <paramref name="rows"/> rows of one Execute: a SELECT counts those, a RETURNING all it has changed.</summary>
    public string TagAfter(int rows) => Tag.StartsWith(SelectTag, StringComparison.Ordinal) ? SelectTag + rows : Tag;

    /// <summary>A portal at its end gives no rows again; one that never gives rows must not run twice.</summary>
    /// <exception cref="PgException">55000.</exception>
    public void RequireNotDone()
    {
        if (IsDone && statement is not DistributedStatement { DescribedRows: not null })
            throw new PgException(SqlState.ObjectNotInPrerequisiteState, $"portal \"{name}\" cannot be run");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Spool?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Writes the rest of the spool, or its next <paramref name="maxRows"/> rows, and how it ended.</summary>
    public async ValueTask WriteRowsAsync(RowSpool spool, TransportSink sink, Protocol.Buffers.OutputBuffer output, int maxRows, CancellationToken cancellation)
    {
        for (var row = 0; maxRows <= 0 || row < maxRows; row++)
        {
            var message = await spool.ReadAsync(cancellation).ConfigureAwait(false);
            if (message.IsEmpty)
            {
                IsDone = true;
                BackendMessages.CommandComplete(output, TagAfter(row));
                return;
            }

            await sink.WriteAsync(message, cancellation).ConfigureAwait(false);
        }

        BackendMessages.Empty(output, BackendCode.PortalSuspended);
    }
}
