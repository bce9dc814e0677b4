using System.Text;
using PgQuery;
using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>BEGIN, COMMIT, ROLLBACK, savepoints and the commands of two-phase commit, as PostgreSQL answers them.</summary>
internal sealed class TransactionCommands(SessionContext context, LinkRelay relay)
{
    private readonly ClientTwoPhase _prepared = new(context, relay);

    /// <summary>A failed block takes nothing but its end.</summary>
    /// <exception cref="PgException">25P02.</exception>
    public void CheckBlock(Node statement)
    {
        if (context.Blocks.Phase == TransactionPhase.Failed)
            RequireEndOfFailedBlock(statement);
    }

    /// <summary>The statement must be one that ends a failed block, or goes back to a savepoint.</summary>
    /// <exception cref="PgException">25P02.</exception>
    public static void RequireEndOfFailedBlock(Node statement)
    {
        if (!EndsFailedBlock(statement))
            throw Aborted();
    }

    /// <summary>25P02.</summary>
    public static PgException Aborted() =>
        new(SqlState.InFailedSqlTransaction, "current transaction is aborted, commands ignored until end of transaction block");

    /// <summary>Runs the command and writes its CommandComplete.</summary>
    public async ValueTask RunAsync(TransactionControl control, CancellationToken cancellation)
    {
        var statement = control.Statement;
        var tag = statement.Kind switch
        {
            TransactionStmtKind.TransStmtBegin => await BeginAsync(control, "BEGIN", cancellation).ConfigureAwait(false),
            TransactionStmtKind.TransStmtStart => await BeginAsync(control, "START TRANSACTION", cancellation).ConfigureAwait(false),
            TransactionStmtKind.TransStmtCommit => await CommitAsync(statement.Chain, cancellation).ConfigureAwait(false),
            TransactionStmtKind.TransStmtRollback => await RollbackAsync(statement.Chain, cancellation).ConfigureAwait(false),
            TransactionStmtKind.TransStmtSavepoint => await SavepointAsync(statement.SavepointName, cancellation).ConfigureAwait(false),
            TransactionStmtKind.TransStmtRelease => await ReleaseAsync(statement.SavepointName, cancellation).ConfigureAwait(false),
            TransactionStmtKind.TransStmtRollbackTo => await RollbackToAsync(statement.SavepointName, cancellation).ConfigureAwait(false),
            _ => null,
        };

        if (tag is not null)
            BackendMessages.CommandComplete(context.Client.Out, tag);
        else
            await PassOnAsync(control, cancellation).ConfigureAwait(false);
    }

    private static bool EndsFailedBlock(Node statement) =>
        statement.NodeCase == Node.NodeOneofCase.TransactionStmt
        && statement.TransactionStmt.Kind is TransactionStmtKind.TransStmtCommit or TransactionStmtKind.TransStmtRollback or TransactionStmtKind.TransStmtRollbackTo
            or TransactionStmtKind.TransStmtPrepare;

    private async ValueTask<string> BeginAsync(TransactionControl control, string tag, CancellationToken cancellation)
    {
        if (context.Blocks.Phase == TransactionPhase.Block)
            await WarnAsync(SqlState.ActiveSqlTransaction, "there is already a transaction in progress", cancellation).ConfigureAwait(false);
        else
            await BeginAsync(Encoding.UTF8.GetString(control.Text), cancellation).ConfigureAwait(false);
        return tag;
    }

    // The settings tell the isolation level, and reading them later would be the transaction's first query.
    private async ValueTask BeginAsync(string text, CancellationToken cancellation)
    {
        // Waiting for one later could be waiting for those who wait for this transaction's locks.
        await context.Lease.EnsureAsync(cancellation).ConfigureAwait(false);
        if (!context.LinkIsInBatch)
            await context.KnowSettingsAsync(cancellation).ConfigureAwait(false);
        context.Blocks.Begin(text);
    }

    private async Task<string> CommitAsync(bool chain, CancellationToken cancellation)
    {
        if (!await HasTransactionAsync("COMMIT AND CHAIN", chain, cancellation).ConfigureAwait(false))
        {
            // PostgreSQL commits the implicit transaction of a multi-statement text all the same.
            if (context.Blocks.Phase == TransactionPhase.Implicit)
                await context.Blocks.CommitAsync(cancellation).ConfigureAwait(false);
            return "COMMIT";
        }

        var begin = context.Blocks.BeginText;
        var committed = await context.Blocks.CommitAsync(cancellation).ConfigureAwait(false);
        if (chain)
            context.Blocks.Begin(begin);
        return committed ? "COMMIT" : "ROLLBACK";
    }

    private async Task<string> RollbackAsync(bool chain, CancellationToken cancellation)
    {
        if (!await HasTransactionAsync("ROLLBACK AND CHAIN", chain, cancellation).ConfigureAwait(false))
        {
            if (context.Blocks.Phase == TransactionPhase.Implicit)
                await context.Blocks.RollbackAsync(cancellation).ConfigureAwait(false);
            return "ROLLBACK";
        }

        var begin = context.Blocks.BeginText;
        await context.Blocks.RollbackAsync(cancellation).ConfigureAwait(false);
        if (chain)
            context.Blocks.Begin(begin);
        return "ROLLBACK";
    }

    private async Task<string> SavepointAsync(string name, CancellationToken cancellation)
    {
        RequireBlock("SAVEPOINT");
        await context.Blocks.SavepointAsync(name, cancellation).ConfigureAwait(false);
        return "SAVEPOINT";
    }

    private async Task<string> ReleaseAsync(string name, CancellationToken cancellation)
    {
        RequireBlock("RELEASE SAVEPOINT");
        await context.Blocks.ReleaseAsync(name, cancellation).ConfigureAwait(false);
        return "RELEASE";
    }

    private async Task<string> RollbackToAsync(string name, CancellationToken cancellation)
    {
        RequireBlock("ROLLBACK TO SAVEPOINT");
        context.FunctionLocks.Forget();
        await context.Blocks.RollbackToAsync(name, cancellation).ConfigureAwait(false);
        return "ROLLBACK";
    }

    private ValueTask PassOnAsync(TransactionControl control, CancellationToken cancellation) => control.Statement.Kind switch
    {
        TransactionStmtKind.TransStmtPrepare => _prepared.PrepareAsync(control.Text, cancellation),
        _ => _prepared.EndAsync(control.Text, control.Statement.Kind == TransactionStmtKind.TransStmtCommitPrepared, cancellation),
    };

    private async ValueTask<bool> HasTransactionAsync(string what, bool chain, CancellationToken cancellation)
    {
        if (context.Blocks.Phase is TransactionPhase.Block or TransactionPhase.Failed)
            return true;
        if (chain)
            throw new PgException(SqlState.NoActiveSqlTransaction, $"{what} can only be used in transaction blocks");
        await WarnAsync(SqlState.NoActiveSqlTransaction, "there is no transaction in progress", cancellation).ConfigureAwait(false);
        return false;
    }

    private void RequireBlock(string what)
    {
        if (context.Blocks.Phase is not (TransactionPhase.Block or TransactionPhase.Failed))
            throw new PgException(SqlState.NoActiveSqlTransaction, $"{what} can only be used in transaction blocks");
    }

    private ValueTask WarnAsync(string code, string message, CancellationToken cancellation) =>
        context.SayAsync(new PgError { Severity = "WARNING", Code = code, Message = message }, cancellation);
}
