using System.Text.RegularExpressions;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Shards;
using Tangelo.Server.Statements;

namespace Tangelo.Server.Sessions;

/// <summary>
/// LOCK TABLE inside of functions. Nothing tells of it, but the coordinator's locks can be read: before the function next reads or writes a distributed table, and when the
/// client's statement has ended, the shards are locked as their shells are. Only where a text has the words.
/// </summary>
internal sealed partial class FunctionLocks(SessionContext session)
{
    private const string LocksSql =
        """
        SELECT relation, mode FROM pg_catalog.pg_locks
        WHERE pid = $1 AND locktype = 'relation' AND granted AND mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
        """;

    private readonly HashSet<(Oid Table, string Mode)> _taken = [];
    private bool _expected;

    /// <summary>True for a text that may lock tables.</summary>
    public static bool MayBeIn(string text) => Words().IsMatch(text);

    /// <summary>The statement that runs next may lock tables, and so may all up to the end of the transaction.</summary>
    public void Expect() => _expected = true;

    /// <summary>The transaction is over.</summary>
    public void Clear()
    {
        _expected = false;
        _taken.Clear();
    }

    /// <summary>A part of the transaction is rolled back, and its locks are gone.</summary>
    public void Forget() => _taken.Clear();

    /// <summary>Locks the shards of tables whose shells have been locked since the last call.</summary>
    /// <exception cref="PgException">A lock could not be had.</exception>
    public async ValueTask FollowAsync(IExecutionContext context, CancellationToken cancellation)
    {
        if (session.Map.Tables.IsEmpty || !session.Database.IsInstalled)
            return;
        if (!_expected && !(await FunctionTexts.OfAsync(session.Database, cancellation).ConfigureAwait(false)).Locks)
            return;
        foreach (var (table, mode) in await ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!_taken.Add((table.Relation, mode)))
                continue;
            var scripts = new ScriptRunner(context);
            foreach (var node in ShardResolver.EveryShardPlacement(table).GroupBy(s => s.Group).OrderBy(n => n.Key.Value))
            {
                var names = node.Select(s => ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[s.ShardIndex].Id)));
                await scripts.RunAsync([(node.Key, $"LOCK TABLE {string.Join(", ", names)} IN {mode} MODE")], cancellation).ConfigureAwait(false);
            }
        }
    }

    [GeneratedRegex("""\block\s+["\w]""", RegexOptions.IgnoreCase)]
    private static partial Regex Words();

    private async ValueTask<List<(DistributedTable Table, string Mode)>> ReadAsync(CancellationToken cancellation)
    {
        var found = new List<(DistributedTable, string)>();
        await using var command = session.Database.Coordinator.CreateCommand(LocksSql);
        command.Parameters.Add(new() { Value = session.Lease.ProcessId });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (session.Map.Find(new Oid(reader.GetFieldValue<uint>(0))) is { } table)
                found.Add((table, ModeOf(reader.GetString(1))));
        }

        return found;
    }

    // ShareRowExclusiveLock: SHARE ROW EXCLUSIVE
    private static string ModeOf(string name) => Capitals().Replace(name[..^"Lock".Length], " $1").Trim().ToUpperInvariant();

    [GeneratedRegex("([A-Z])")]
    private static partial Regex Capitals();
}
