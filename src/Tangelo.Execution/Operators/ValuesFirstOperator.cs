using System.Collections.Immutable;
using System.Text;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>Computes the values of a <see cref="ValuesFirstPlan"/> and adds them to the parameters, in binary form: it knows no settings.</summary>
internal sealed class ValuesFirstOperator(IExecutionContext context)
{
    private readonly LinkRunner _link = new(context);

    /// <summary>The request for the plan's inner part.</summary>
    public async ValueTask<StatementRequest> ExtendAsync(ValuesFirstPlan plan, StatementRequest request, CancellationToken cancellation)
    {
        var rows = new RowListSink();
        await _link.RunAsync(plan, Encoding.UTF8.GetBytes(plan.Sql), ParameterSet.NoneForBinaryResults, [], rows, cancellation).ConfigureAwait(false);
        ImmutableArray<Oid> types = [.. request.ParameterTypes, .. plan.Types];
        return new StatementRequest(request.Parameters.AppendBinary(rows.ReadBytes()[0]), types, request.ResultColumns, request.Sink);
    }
}
