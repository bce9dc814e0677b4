using System.Diagnostics;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Server.Snapshots;
using Tangelo.Server.Statements;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Runs planned statements and puts a transaction around them: after a statement in autocommit the workers are committed or
/// rolled back, after an error in a block the block has failed.
/// </summary>
internal sealed class StatementRunner(SessionContext context)
{
    private readonly PlanExecutor _executor = new(context);
    private readonly CopyInRunner _copyIn = new(context);
    private readonly StatementCompiler _compiler = new(context);

    /// <summary>Runs a statement to its end.</summary>
    /// <param name="moreFollows">More statements belong to the same implicit transaction: it is left open.</param>
    /// <returns>The command tag.</returns>
    /// <exception cref="PgException">The error, after what has to be rolled back was.</exception>
    public async ValueTask<string> RunAsync(
        DistributedStatement statement, ParameterSet parameters, RowSink sink, bool moreFollows, CancellationToken cancellation)
    {
        if (statement.Plan is DdlPlan { OnlyInBlock: { } command } && context.Blocks.Phase == TransactionPhase.Idle)
            throw new PgException(SqlState.NoActiveSqlTransaction, $"{command} can only be used in transaction blocks");
        if (statement.Plan is DdlPlan { NothingOutsideBlock: { } name } && context.Blocks.Phase == TransactionPhase.Idle)
        {
            var warning = new PgError { Severity = "WARNING", Code = SqlState.NoActiveSqlTransaction, Message = $"{name} can only be used in transaction blocks" };
            await context.SayAsync(warning, cancellation).ConfigureAwait(false);
            return name;
        }

        var startedAt = Stopwatch.GetTimestamp();
        if (statement.Plan is DdlPlan)
            context.LoopbackFailure = null;
        if (moreFollows)
            context.Blocks.OpenImplicit();
        try
        {
            if (context.Blocks.Phase == TransactionPhase.Idle && SessionSnapshot.Wants(statement.Plan, await context.SettingsAsync(cancellation).ConfigureAwait(false)))
                context.OpenSnapshot();
            if (statement.Plan is DdlPlan { NotInBlock: { } alone } && context.Blocks.Phase != TransactionPhase.Idle)
                throw new PgException(SqlState.ActiveSqlTransaction, $"{alone} cannot run inside a transaction block");
            if (statement.Plan is DdlPlan { Preparation: { } preparation })
                statement = await PrepareAsync(statement, preparation, cancellation).ConfigureAwait(false);
            var tag = statement.Plan switch
            {
                CopyFromPlan copy => await _copyIn.RunAsync(copy, cancellation).ConfigureAwait(false),
                RefreshPlan refresh => await new ViewRefresh(context, _executor, _compiler).RunAsync(refresh, cancellation).ConfigureAwait(false),
                CurrentOfPlan current => await new CurrentOfRunner(context, _executor, _compiler).RunAsync(
                    current, statement.ParameterTypes, parameters, sink, cancellation).ConfigureAwait(false),
                _ => await _executor.RunAsync(
                    statement.Plan, new StatementRequest(parameters, statement.ParameterTypes, statement.ResultColumns, sink), cancellation).ConfigureAwait(false),
            };
            if (!moreFollows)
                await EndImplicitAsync(cancellation).ConfigureAwait(false);
            Count(statement, startedAt);
            return tag;
        }
        catch (PgException e) when (statement.Plan is DdlPlan && context.LoopbackFailure is { } cause)
        {
            await FailAsync().ConfigureAwait(false);
            throw new PgException(LoopbackErrors.Complete(e.Error, cause), e);
        }
        catch
        {
            await FailAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The end of a statement or batch that went well: commits what the session has opened by itself.</summary>
    public async ValueTask EndImplicitAsync(CancellationToken cancellation)
    {
        if (context.Blocks.Phase == TransactionPhase.Implicit)
            await context.Blocks.CommitAsync(cancellation).ConfigureAwait(false);
        else
            context.Transaction.ReleaseIfAutocommit();
    }

    /// <summary>An error: rolls back what the session has opened by itself; a block waits for ROLLBACK.</summary>
    public async ValueTask FailAsync()
    {
        switch (context.Blocks.Phase)
        {
            case TransactionPhase.Implicit:
                await context.Blocks.RollbackAsync(CancellationToken.None).ConfigureAwait(false);
                break;
            case TransactionPhase.Idle:
                context.Transaction.ReleaseIfAutocommit();
                break;
            default:
                context.Blocks.Fail();
                break;
        }
    }

    private async ValueTask<DistributedStatement> PrepareAsync(DistributedStatement statement, string preparation, CancellationToken cancellation)
    {
        context.OpenTransactionForSchemaChange();
        await context.QueryLinkAsync(preparation, cancellation).ConfigureAwait(false);
        context.MetadataChanged();
        var parsed = SqlParser.ParseOne(statement.NormalizedText);
        return (DistributedStatement)await _compiler.CompileAsync(parsed, [], cancellation).ConfigureAwait(false);
    }

    private void Count(DistributedStatement statement, long startedAt)
    {
        statement.Counters ??= context.Router.Statistics.For(
            context.Database.Name, context.User, statement.NormalizedText,
            statement.Plan is CallPlan or ShardPlan { Shards: KeyShards { Keys.Length: 1 } } or ValuesFirstPlan { Inner: ShardPlan { Shards: KeyShards { Keys.Length: 1 } } } ? "router" : "adaptive");
        statement.Counters?.Add(startedAt, _executor.LastRowCount);
    }
}
