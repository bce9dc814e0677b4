using System.Collections.Immutable;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Explain;

/// <summary>The top node of a statement whose rows are found first, and then changed, inserted or locked: what EXPLAIN calls it, and how it goes on.</summary>
internal sealed record RowsFirstNode(string Provider, string MethodLabel, string Method)
{
    /// <summary>Null for any other plan.</summary>
    public static (RowsFirstNode Node, Plan Source, bool GivesRows)? Of(Plan plan) => plan switch
    {
        InsertSelectPlan { Kind: StatementKind.Insert } insert =>
            (new RowsFirstNode("Citus INSERT ... SELECT", "INSERT/SELECT method", "pull to coordinator"), insert.Source, insert.HasReturning),
        InsertSelectPlan change =>
            (new RowsFirstNode($"Tangelo {change.Kind.ToString().ToUpperInvariant()}", "Method", "rows found first, changed on the shards by their key"), change.Source, change.HasReturning),
        MergePlan merge =>
            (new RowsFirstNode("Tangelo MERGE", "Method", merge.OverLoopback is null
                ? "rows found first, changed on the shards" : "rows found first, changed by the coordinator over the loopback"), merge.Source, false),
        LockedRowsPlan locked => (new RowsFirstNode("Tangelo LockRows", "Method", "rows found first, locked by their places"), locked.Candidates, true),
        KeyedLocksPlan keyed => (new RowsFirstNode("Tangelo LockRows", "Method", "rows found first, locked by their keys"), keyed.Rows, true),
        _ => null,
    };

    /// <summary>The parameters with which the source is run first: those that tell which rows have had their turn say none.</summary>
    public static StatementRequest ForSource(Plan plan, StatementRequest request) => plan switch
    {
        LockedRowsPlan => With(request, LockedRowsPlan.CandidateTypes, [null, "{}"u8.ToArray()]),
        KeyedLocksPlan keyed => With(request, keyed.RowTypes, [.. keyed.Tables.Select(_ => (ReadOnlyMemory<byte>?)"{}"u8.ToArray())]),
        _ => request,
    };

    private static StatementRequest With(StatementRequest request, ImmutableArray<Oid> types, IReadOnlyList<ReadOnlyMemory<byte>?> values) =>
        new(request.Parameters.AppendText(values), [.. request.ParameterTypes, .. types], request.ResultColumns, request.Sink);
}
