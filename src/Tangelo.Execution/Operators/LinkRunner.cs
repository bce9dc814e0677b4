using System.Text;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;

namespace Tangelo.Execution.Operators;

/// <summary>
/// Runs Tangelo's own statements on the coordinator link with bound parameters, without disturbing the client's unnamed
/// statement and portal, or a batch of the client's that waits there for its Sync.
/// </summary>
public sealed class LinkRunner(IExecutionContext context)
{
    private const string Portal = "tangelo_combine";

    /// <summary>The command tag of the statement run last.</summary>
    public string Tag { get; private set; } = "";

    /// <summary>The same for a text that is made while a statement runs: it is what identifies it, with the types of its parameters.</summary>
    public ValueTask<long> RunAsync(string sql, ParameterSet parameters, uint[] parameterTypes, RowSink sink, CancellationToken cancellation) =>
        RunAsync((sql, string.Join(',', parameterTypes)), Encoding.UTF8.GetBytes(sql), parameters, parameterTypes, sink, cancellation);

    /// <param name="key">Identity of the text: the statement stays prepared as long as the link.</param>
    /// <param name="sql">UTF-8 text.</param>
    /// <param name="parameters">Values and result formats.</param>
    /// <param name="parameterTypes">OIDs, 0 where PostgreSQL is to infer the type.</param>
    /// <param name="sink">Takes the rows.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The row count of the command tag.</returns>
    /// <exception cref="PgException">PostgreSQL's error.</exception>
    public async ValueTask<long> RunAsync(
        object key, byte[] sql, ParameterSet parameters, uint[] parameterTypes, RowSink sink, CancellationToken cancellation)
    {
        var link = await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
        var name = link.Prepared.Use(key, 0, sql, parameterTypes);
        FrontendMessages.Bind(link.Out, Portal, name, parameters.Tail);
        FrontendMessages.Execute(link.Out, Portal, 0);
        var reply = await LinkRound.RunAsync(context, link, Portal, BackendCode.BindComplete, sink, cancellation).ConfigureAwait(false);
        if (reply.Failure is { } failure)
            throw new PgException(failure);
        Tag = reply.Tag;
        return reply.Count;
    }
}
