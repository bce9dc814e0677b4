using System.Globalization;
using System.Text;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Operators;

/// <summary>
/// Runs a <see cref="LockedRowsPlan"/>. Rows are locked shard by shard in one order that all sessions share, so that two that want the same rows
/// do not wait for each other.
/// </summary>
internal sealed class LockedRowsOperator(IExecutionContext context)
{
    private const uint TidArray = 1010;
    private const uint TextArray = 1009;

    private readonly CombineOperator _combine = new(context);
    private readonly ShardRunner _runner = new(context);

    /// <returns>The number of rows given.</returns>
    public async ValueTask<long> RunAsync(LockedRowsPlan plan, StatementRequest request, RowSink sink, CancellationToken cancellation)
    {
        var cut = LockedCut.Read(plan.Offset, plan.Limit, request);
        var wanted = cut.Limit > long.MaxValue - cut.Offset ? long.MaxValue : cut.Limit + cut.Offset ?? long.MaxValue;

        // What is found and what is locked belong to one transaction.
        context.OpenImplicitTransaction();
        var locked = new List<byte[]>();
        var tried = new List<string>();
        while (locked.Count < wanted)
        {
            var open = wanted - locked.Count;
            var candidates = await FindAsync(plan, request, open, tried, cancellation).ConfigureAwait(false);
            if (candidates.Count == 0)
                break;
            var rows = await LockAsync(plan, request, candidates, cancellation).ConfigureAwait(false);
            foreach (var candidate in candidates)
            {
                tried.Add(candidate.ToString());
                if (rows.TryGetValue(candidate, out var row))
                    locked.Add(row);
            }

            // A row that was changed meanwhile has another place now, and is found there.
            if (candidates.Count < open && (plan.Skips || rows.Count == candidates.Count))
                break;
        }

        return await cut.GiveAsync(locked, sink, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<List<Candidate>> FindAsync(
        LockedRowsPlan plan, StatementRequest request, long count, List<string> tried, CancellationToken cancellation)
    {
        var rows = new RowListSink();
        var parameters = request.Parameters.WithTextResults().AppendText(
            [Encoding.UTF8.GetBytes(count.ToString(CultureInfo.InvariantCulture)), TextArrayLiteral.Of(tried)]);
        var inner = new StatementRequest(parameters, [.. request.ParameterTypes, .. LockedRowsPlan.CandidateTypes], [], rows);
        await _combine.RunAsync(plan.Candidates, inner, rows, cancellation).ConfigureAwait(false);
        return rows.ReadText().ConvertAll(r => new Candidate(int.Parse(r[0]!, CultureInfo.InvariantCulture), r[1]!));
    }

    private async ValueTask<Dictionary<Candidate, byte[]>> LockAsync(
        LockedRowsPlan plan, StatementRequest request, List<Candidate> candidates, CancellationToken cancellation)
    {
        var locked = new Dictionary<Candidate, byte[]>();
        uint[] types = [.. request.ShardTypeCodes, TidArray, TextArray];
        var parameters = request.Parameters.WithResults(TrailingTexts.Formats(request.Parameters.ResultFormats, 1));
        foreach (var shard in candidates.GroupBy(c => c.Shard).OrderBy(s => plan.Table.Shards[s.Key].Placements[0].Value).ThenBy(s => s.Key))
        {
            var sink = new RowListSink();
            var wanted = TextArrayLiteral.Of(shard.Select(c => c.Place));
            var rows = TextArrayLiteral.Of(shard.Select(c => c.Place[..(c.Place.IndexOf(')') + 1)]).Distinct());
            var task = new ShardTask(plan.Table.Shards[shard.Key].Placements[0], shard.Key);
            await _runner.RunAsync(plan.Lock, [task], parameters.AppendText([rows, wanted]), types, write: false, sink, cancellation).ConfigureAwait(false);
            foreach (var row in sink.Rows)
            {
                var (visible, places) = TrailingTexts.Take(row, 1);
                locked[new Candidate(shard.Key, places[0]!)] = visible;
            }
        }

        return locked;
    }

    /// <summary>A row by its shard and its place there.</summary>
    private readonly record struct Candidate(int Shard, string Place)
    {
        public override string ToString() => $"{Shard.ToString(CultureInfo.InvariantCulture)}:{Place}";
    }
}
