using Tangelo.Compat.Tests.Comparison;
using Tangelo.Compat.Tests.Scripts;
using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Running;

/// <summary>Runs a script on both sides, statement by statement, and gathers the differences.</summary>
internal sealed class ScriptRun
{
    private readonly Side _plain;
    private readonly Side _cluster;
    private readonly ProtocolMode _mode;
    private readonly TimeSpan _limit;
    private readonly List<Finding> _findings = [];
    private TranscriptComparer? _comparer;

    private ScriptRun(Side plain, Side cluster, ProtocolMode mode, TimeSpan limit)
    {
        _plain = plain;
        _cluster = cluster;
        _mode = mode;
        _limit = limit;
    }

    /// <summary>Runs the script in a schema that is made for it and dropped afterwards.</summary>
    /// <param name="servers">The two servers.</param>
    /// <param name="schema">Name of the schema.</param>
    /// <param name="steps">The script.</param>
    /// <param name="mode">How statements are sent.</param>
    /// <param name="limit">How long one statement may take before it counts as silent, which ends the run.</param>
    public static async Task<IReadOnlyList<Finding>> RunAsync(
        ServerPair servers, string schema, IReadOnlyList<ScriptStep> steps, ProtocolMode mode, TimeSpan limit)
    {
        await using var plain = new Side(servers.Plain, schema, isCluster: false);
        await using var cluster = new Side(servers.Cluster, schema, isCluster: servers.IsCluster);
        var run = new ScriptRun(plain, cluster, mode, limit);
        using var setUp = new CancellationTokenSource(limit);
        await plain.PrepareAsync(setUp.Token);
        await cluster.PrepareAsync(setUp.Token);
        run._comparer = new TranscriptComparer(await plain.OpenNamesAsync(setUp.Token), await cluster.OpenNamesAsync(setUp.Token));
        foreach (var step in steps)
        {
            if (!await run.StepAsync(step))
                break;
        }
        await run.CleanUpAsync();
        return run._findings;
    }

    /// <summary>False when a side fell silent or hung up, so that nothing after it can be compared.</summary>
    private async Task<bool> StepAsync(ScriptStep step)
    {
        switch (step)
        {
            case UseSession use:
                _plain.Use(use.Name);
                _cluster.Use(use.Name);
                return true;
            case OneSided one:
                return await OneSidedAsync(one);
            case Compared compared when compared.Options.Only is null || compared.Options.Only == _mode:
                var before = _findings.Count;
                var alive = await ComparedAsync(compared);
                CheckKnown(compared, before);
                return alive;
            default:
                return true;
        }
    }

    private async Task<bool> OneSidedAsync(OneSided step)
    {
        try
        {
            using var cancel = new CancellationTokenSource(_limit);
            var answer = await (step.OnCluster ? _cluster : _plain).RunAsync(s => s.QueryAsync(step.Sql, null, cancel.Token), cancel.Token);
            if (answer.FirstError is { } error)
                Add(step.Line, step.OnCluster ? "cluster only" : "plain only", step.Sql, new Difference(Aspect.OneSided, "success", error.ToString()));
            return true;
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            Add(step.Line, "one side only", step.Sql, new Difference(Aspect.Silence, "an answer", failure.Message));
            return false;
        }
    }

    private async Task<bool> ComparedAsync(Compared step)
    {
        foreach (var round in Rounds.Of(step, _mode))
        {
            using var cancel = new CancellationTokenSource(_limit);
            var plain = AnswerAsync(_plain, round, cancel.Token);
            var cluster = AnswerAsync(_cluster, round, cancel.Token);
            var (expected, actual) = (await plain, await cluster);
            if (expected.Transcript is null || actual.Transcript is null)
            {
                Add(step.Line, round.Name, step.Sql, new Difference(Aspect.Silence,
                    expected.Transcript?.ToString() ?? expected.Failure, actual.Transcript?.ToString() ?? actual.Failure));
                return false;
            }
            foreach (var difference in await _comparer!.CompareAsync(expected.Transcript, actual.Transcript, step, cancel.Token))
                Add(step.Line, round.Name, step.Sql, difference);
            if (step.Options.ClusterSqlState is { } state && actual.Transcript.FirstError?.SqlState != state)
                Add(step.Line, round.Name, step.Sql, new Difference(Aspect.Known, state, actual.Transcript.ToString()));
        }
        return true;
    }

    private static async Task<(Transcript? Transcript, string Failure)> AnswerAsync(Side side, Round round, CancellationToken cancel)
    {
        try
        {
            return (await side.RunAsync(session => round.RunAsync(session, side, cancel), cancel), "");
        }
        catch (OperationCanceledException)
        {
            return (null, "no answer in time");
        }
        catch (IOException failure)
        {
            return (null, "connection lost: " + failure.Message);
        }
    }

    private void CheckKnown(Compared step, int before)
    {
        if (step.Options.Differs is not { } reason)
            return;
        var wrong = _findings.Skip(before).Any(f => f.Difference.Aspect is Aspect.Silence or Aspect.Known);
        var differs = _findings.Count > before;
        if (wrong)
            return;
        _findings.RemoveRange(before, _findings.Count - before);
        if (!differs)
            Add(step.Line, "known", step.Sql, new Difference(Aspect.Known, "a difference: " + reason, "the same answer; remove the comment"));
    }

    private async Task CleanUpAsync()
    {
        try
        {
            using var cancel = new CancellationTokenSource(_limit);
            await _plain.CleanUpAsync(cancel.Token);
            if (await _cluster.CleanUpAsync(cancel.Token) is { } error)
                Add(0, "clean-up", "DROP SCHEMA", new Difference(Aspect.CleanUp, "success", error.ToString()));
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException)
        {
            Add(0, "clean-up", "DROP SCHEMA", new Difference(Aspect.Silence, "success", failure.Message));
        }
    }

    private void Add(int line, string how, string sql, Difference difference) => _findings.Add(new Finding(line, how, sql, difference));
}
