using System.Collections.Immutable;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning;

namespace Tangelo.Execution;

/// <summary>One execution of a planned statement.</summary>
/// <param name="Parameters">Values of $1, $2, ... and the formats wanted for the result.</param>
/// <param name="ParameterTypes">The types that the parameters were given or inferred to have, 0 where unknown.</param>
/// <param name="ResultColumns">The result as PostgreSQL described it; empty without one.</param>
/// <param name="Sink">Takes the rows.</param>
public sealed record StatementRequest(
    ParameterSet Parameters,
    ImmutableArray<Oid> ParameterTypes,
    ImmutableArray<ResultColumn> ResultColumns,
    RowSink Sink)
{
    /// <summary>OIDs from here on are given out by each server for itself.</summary>
    private const uint FirstNormalOid = 16384;

    private uint[]? _typeCodes;
    private uint[]? _shardTypeCodes;

    /// <summary><see cref="ParameterTypes"/> as Parse on the coordinator wants them.</summary>
    public uint[] TypeCodes => _typeCodes ??= [.. ParameterTypes.Select(t => t.Value)];

    /// <summary>
    /// <see cref="ParameterTypes"/> as Parse on a worker wants them: a user's type (an enum, a domain) has another OID there, so the worker
    /// infers it from where the parameter stands.
    /// </summary>
    public uint[] ShardTypeCodes => _shardTypeCodes ??= [.. ParameterTypes.Select(t => t.Value < FirstNormalOid ? t.Value : 0)];
}
