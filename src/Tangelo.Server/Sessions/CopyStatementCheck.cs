using System.Text;
using Tangelo.Core;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Runs the client's COPY FROM on the coordinator without a row. PostgreSQL so checks its options, its columns and the rights
/// to the table as it checks them nowhere else, and says what is wrong with a position in the client's text.
/// </summary>
internal sealed class CopyStatementCheck(SessionContext context)
{
    private const string Portal = "tangelo_copy";

    // A binary header and trailer; the other formats may be empty.
    private static readonly byte[] NoRows = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF];

    /// <exception cref="PgException">What PostgreSQL has against the statement.</exception>
    public async ValueTask RunAsync(CopyFromPlan plan, CancellationToken cancellation)
    {
        // A header that has to match is compared in the client's encoding, in which these names are not at hand.
        if (plan.File is null && plan.Options.Header == CopyHeader.Match && !context.ValuesComeAsStored)
            return;
        var link = await context.EnterLinkAsync(cancellation).ConfigureAwait(false);
        var name = link.Prepared.Use(plan, 0, plan.StatementText, []);
        FrontendMessages.Bind(link.Out, Portal, name, Execution.Parameters.ParameterSet.None.Tail);
        FrontendMessages.Execute(link.Out, Portal, 0);
        if (plan.File is null)
            WriteNoRows(plan, link);
        var reply = await LinkRound.RunAsync(context, link, Portal, BackendCode.BindComplete, NullSink.Instance, cancellation).ConfigureAwait(false);
        if (reply.Failure is { } failure)
            throw new PgException(failure);
    }

    private static void WriteNoRows(CopyFromPlan plan, BackendConnection link)
    {
        if (plan.Options.Format == CopyFormat.Binary)
            link.Out.WriteMessage(FrontendCode.CopyData, NoRows);
        else if (plan.Options.Header == CopyHeader.Match)
            link.Out.WriteMessage(FrontendCode.CopyData, Encoding.UTF8.GetBytes(Header(plan)));
        FrontendMessages.CopyDone(link.Out);
    }

    /// <summary>The header line that the options ask for.</summary>
    private static string Header(CopyFromPlan plan)
    {
        var (quote, escape) = ((char)plan.Options.Quote, (char)plan.Options.Escape);
        string Field(string name) => plan.Options.Format == CopyFormat.Csv
            ? quote + string.Concat(name.Select(c => c == quote || c == escape ? $"{escape}{c}" : $"{c}")) + quote
            : string.Concat(name.Select(c => c switch { '\n' => "\\n", '\r' => "\\r", '\\' => "\\\\", _ when c == plan.Options.Delimiter => $"\\{c}", _ => $"{c}" }));
        return string.Join((char)plan.Options.Delimiter, plan.Columns.Select(c => Field(c.Name))) + "\n";
    }
}
