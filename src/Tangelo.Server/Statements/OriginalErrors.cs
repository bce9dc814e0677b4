using Tangelo.Core;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Sessions;
using Tangelo.Sql.Splicing;

namespace Tangelo.Server.Statements;

/// <summary>
/// Errors as the client's own text gives them. What runs on shards is another text, with literals as parameters, so its errors lack
/// the position; most that concern a value are met by PostgreSQL already when the client's text is analysed and planned, without running it.
/// </summary>
internal sealed class OriginalErrors(SessionContext context)
{
    private const string Name = "tangelo_check";

    /// <summary>True for the errors that a text or its parameters can have: data exceptions, names and types, malformed values.</summary>
    public static bool MayDiffer(PgError error) =>
        error.Severity == "ERROR"
        && (error.Code.StartsWith("22", StringComparison.Ordinal) || error.Code.StartsWith("42", StringComparison.Ordinal) || error.Code == SqlState.ProtocolViolation || MustRun(error));

    // A key of NULL that only running the statement can show: PostgreSQL tells the row.
    private static bool MustRun(PgError error) => error.Code == SqlState.NotNullViolation && error.Detail is null;

    /// <summary>The coordinator's error for the client's statement, if it is of the same kind as <paramref name="error"/>; else null.</summary>
    /// <param name="error">What the nodes said. The transaction has been dealt with.</param>
    /// <param name="plan">How the statement was run.</param>
    /// <param name="text">The client's text.</param>
    /// <param name="types">The parameter types the client declared.</param>
    /// <param name="portal">The client's name of the portal.</param>
    /// <param name="tail">The end of the Bind message.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<PgError?> FindAsync(
        PgError error, Plan plan, ReadOnlyMemory<byte> text, uint[] types, string portal, ReadOnlyMemory<byte> tail, CancellationToken cancellation)
    {
        if (plan is CallPlan && MustRun(error))
            return null;
        var link = await context.Lease.EnsureAsync(cancellation).ConfigureAwait(false);
        if (!link.IsHealthy || context.Replies.IsWaiting || context.Replies.Skipping)
            return null;

        // The last check has left its statement there.
        FrontendMessages.Close(link.Out, (byte)'S', Name);
        FrontendMessages.Parse(link.Out, Name, plan is CopyToPlan or RecursivePlan { Main: LoopbackWritePlan { IsUtility: true, MakesTable: false } } ? CopyQueryText.Blank(text.Span) : text.Span, types);
        FrontendMessages.Bind(link.Out, Name, Name, tail.Span);
        if (MustRun(error))
        {
            // The table on the coordinator refuses the row as well; if it does not, the second command undoes what it did.
            FrontendMessages.Execute(link.Out, Name, 0);
            FrontendMessages.Parse(link.Out, Name, "tangelo must not keep this"u8, []);
        }

        var reply = await LinkRound.RunAsync(context, link, Name, BackendCode.BindComplete, NullSink.Instance, cancellation).ConfigureAwait(false);
        var called = portal.Length == 0 ? "unnamed portal" : $"portal \"{portal}\"";
        return reply.Failure is { } found && found.Code == error.Code
            ? found with { Where = found.Where?.Replace($"portal \"{Name}\"", called, StringComparison.Ordinal) }
            : null;
    }
}
