using System.Text;
using Tangelo.Fuzz.Tests.Generation;
using Tangelo.Harness.Wire;

namespace Tangelo.Fuzz.Tests.Running;

/// <summary>Runs cases on both servers, in a schema of its own so that runners do not wait for each other, and compares the answers.</summary>
internal sealed class CaseRunner : IAsyncDisposable
{
    private const string Refused = "0A000";
    private const string Cancelled = "57014";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ServerAddress _plainAddress;
    private readonly ServerAddress _clusterAddress;
    private readonly string _schema;
    private readonly FuzzCounts _counts;
    private WireSession? _plain;
    private WireSession? _cluster;

    private CaseRunner(ServerAddress plain, ServerAddress cluster, string schema, FuzzCounts counts)
    {
        _plainAddress = plain;
        _clusterAddress = cluster;
        _schema = schema;
        _counts = counts;
    }

    public static async Task<CaseRunner> StartAsync(ServerAddress plain, ServerAddress cluster, int number, FuzzCounts counts)
    {
        var runner = new CaseRunner(plain, cluster, $"fuzz_{number}", counts);
        await runner.ConnectAsync();
        foreach (var (session, distributed) in new[] { (runner._plain!, false), (runner._cluster!, true) })
        {
            string[] setup =
            [
                $"DROP SCHEMA IF EXISTS {runner._schema} CASCADE", $"CREATE SCHEMA {runner._schema}", .. FuzzTable.Setup(distributed),
            ];
            foreach (var statement in setup)
            {
                if ((await session.QueryAsync(statement, null, default)).FirstError is { } error)
                    throw new InvalidOperationException($"{statement}: {error}");
            }
        }

        return runner;
    }

    /// <summary>Null when both say the same.</summary>
    public async Task<Mismatch?> RunAsync(FuzzCase one)
    {
        foreach (var statement in one.Statements)
        {
            StatementReply plain;
            StatementReply cluster;
            using var late = new CancellationTokenSource(Limit);
            try
            {
                plain = await AskAsync(_plain!, statement, one.Protocol, late.Token);
                cluster = await AskAsync(_cluster!, statement, one.Protocol, late.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                await ConnectAsync();
                return new Mismatch(MismatchKind.Lost, one, statement.ToString(), "", e.Message);
            }

            var states = (plain.Error?.SqlState, cluster.Error?.SqlState);
            if (states is (not Refused, Refused) or (Cancelled, _) or (_, Cancelled))
            {
                _counts.AddError(states.Item2 == Refused ? $"refused: {cluster.Error!.Message}" : "too slow", statement.Sql);
                await EndAsync(one);
                return null;
            }

            // PostgreSQL takes WITH TIES along when it looks up the greatest value by a query of its own, which then gives several rows.
            if (states is ("21000", null) && statement.Sql.Contains("WITH TIES", StringComparison.Ordinal))
            {
                await EndAsync(one);
                return null;
            }

            if (one.IsQuery && states is (null, ['2', '2', ..]) && await SortsBelowJoinsAsync(statement, one.Protocol))
                return null;

            if (AnswerComparer.Compare(plain, cluster, statement.IsOrdered) is { } kind)
            {
                await EndAsync(one);
                return new Mismatch(kind, one, statement.ToString(), plain.ToString(), cluster.ToString());
            }

            if (plain.Error is { } error)
            {
                _counts.AddError($"both {error.SqlState}: {error.Message}", statement.Sql);
                await EndAsync(one);
                return null;
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in new[] { _plain, _cluster })
        {
            if (session is not null)
                await session.DisposeAsync();
        }
    }

    private async Task EndAsync(FuzzCase one)
    {
        if (one.IsQuery)
            return;
        await _plain!.QueryAsync("ROLLBACK", null, default);
        await _cluster!.QueryAsync("ROLLBACK", null, default);
    }

    private async Task ConnectAsync()
    {
        await DisposeAsync();
        _plain = await WireSession.OpenAsync(_plainAddress, default);
        _cluster = await WireSession.OpenAsync(_clusterAddress, default);
        foreach (var session in new[] { _plain, _cluster })
            await session.QueryAsync($"SET search_path = {_schema}; SET statement_timeout = '20s'; SET jit = off", null, default);
    }

    // PostgreSQL may let foreign tables sort before it joins them, by expressions that then are computed for rows that the join drops (docs/limits.md).
    private async Task<bool> SortsBelowJoinsAsync(StatementText statement, FuzzProtocol protocol)
    {
        var reply = await AskAsync(_cluster!, statement with { Sql = $"EXPLAIN {statement.Sql}" }, protocol, default);
        var plan = string.Join('\n', reply.Rows.Select(r => Encoding.UTF8.GetString(r[0]!)));
        return plan.Contains("Merge Append", StringComparison.Ordinal) && plan.Contains("coordinator over the loopback", StringComparison.Ordinal);
    }

    private static async Task<StatementReply> AskAsync(WireSession session, StatementText statement, FuzzProtocol protocol, CancellationToken cancel)
    {
        if (protocol == FuzzProtocol.Simple)
            return (await session.QueryAsync(statement.Sql, null, cancel)).Replies[^1];
        var messages = new FrontendBuffer().Parse("", statement.Sql).DescribeStatement("")
            .Bind("", statement.Parameters, protocol == FuzzProtocol.ExtendedBinary ? (short)1 : (short)0)
            .DescribePortal().Execute(0).Sync();
        var transcript = await session.RunAsync(messages, null, cancel);
        return transcript.Replies[^1];
    }
}
