using Tangelo.Core;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Runs a <see cref="CallPlan"/>: the copy of the function is made when it is first called.</summary>
internal sealed class CallOperator(IExecutionContext context)
{
    private readonly ShardResolver _resolver = new(context);

    /// <returns>The number for the command tag.</returns>
    public async ValueTask<long> RunAsync(CallPlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        var task = await PrepareAsync(plan, request, cancellation).ConfigureAwait(false);
        var runner = new ShardRunner(context) { Reword = error => AsWritten(error, plan.Copy, task.ShardIndex) };
        try
        {
            return await runner.RunAsync(
                plan.Statement.Query, [task], request.Parameters, request.ShardTypeCodes, plan.Statement.Writes, sink, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code == SqlState.InvalidSchemaName)
        {
            context.ForgetSchema(task.Group, plan.Copy.SchemaFor(task.ShardIndex));
            throw;
        }
    }

    /// <summary>Finds the shard of the call, and sees to it that its node has the copy.</summary>
    public async ValueTask<ShardTask> PrepareAsync(CallPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        // A row that the function stores goes where its key belongs, also one of NULL.
        var tasks = await _resolver.ResolveAsync(plan.Statement.Shards, request, StatementKind.Insert, plan.Statement.Writes, cancellation).ConfigureAwait(false);
        var task = tasks[0];
        await context.MakeSchemaAsync(
            task.Group, plan.Copy.SchemaFor(task.ShardIndex), () => plan.Copy.Script.RenderText(task.ShardIndex), cancellation).ConfigureAwait(false);
        return task;
    }

    // The function and its statements, as its author knows them.
    private static PgError AsWritten(PgError error, FunctionCopy copy, int shard)
    {
        var schema = copy.SchemaFor(shard) + ".";
        string? Clean(string? text)
        {
            if (text is null)
                return null;
            text = text.Replace(schema, copy.Qualifier, StringComparison.Ordinal);
            foreach (var (copied, written) in copy.Names)
                text = text.Replace(copied, written, StringComparison.Ordinal);
            return text;
        }

        return error with { Message = error.Message.Replace(schema, copy.Qualifier, StringComparison.Ordinal), Where = Clean(error.Where), InternalQuery = Clean(error.InternalQuery) };
    }
}
