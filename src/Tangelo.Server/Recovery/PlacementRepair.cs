using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Tangelo.Core;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.Recovery;

/// <summary>
/// Brings placements back that have missed writes, when their node is there again. One router at a time does so in a database, one shard after the other, as a
/// client of its own. Where writers keep a shard locked it is left for the next time.
/// </summary>
internal sealed partial class PlacementRepair(RouterState router)
{
    /// <summary>How such clients call themselves: of several sessions that wait for each other theirs is the one that gives way.</summary>
    public const string ApplicationName = "tangelo repair";

    private const long RepairLock = 0x54616E67656C70;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Repairs again and again until the router stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, stopping).ConfigureAwait(false);
                foreach (var database in router.Databases.Where(d => d.IsInstalled && d.Map.Tables.Any(t => t.Shards.Any(s => !s.Inactive.IsEmpty))))
                    await LookAfterAsync(database, stopping).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The router stops.
        }
    }

    [LoggerMessage(12, LogLevel.Information, "Repaired the placement of shard {Shard}, and of those that lie with it, in group {Group}")]
    private static partial void LogRepaired(ILogger log, long shard, int group);

    [LoggerMessage(13, LogLevel.Warning, "The placement of shard {Shard} in group {Group} could not be repaired yet: {Reason}")]
    private static partial void LogFailure(ILogger log, long shard, int group, string reason);

    [LoggerMessage(14, LogLevel.Warning, "Looking for placements to repair failed: {Reason}")]
    private static partial void LogTrouble(ILogger log, string reason);

    private async Task LookAfterAsync(DatabaseState database, CancellationToken cancellation)
    {
        try
        {
            await using var connection = await database.Coordinator.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            await using var turn = new NpgsqlCommand($"SELECT pg_catalog.pg_try_advisory_lock({RepairLock})", connection);
            if (!(bool)(await turn.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!)
                return;
            try
            {
                await RepairAsync(database, connection, cancellation).ConfigureAwait(false);
            }
            finally
            {
                await using var end = new NpgsqlCommand($"SELECT pg_catalog.pg_advisory_unlock({RepairLock})", connection);
                await end.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            // Whatever it was, the next round may fare better: nobody else would repair anything.
            LogTrouble(router.Log, e.Message);
        }
    }

    private async Task RepairAsync(DatabaseState database, NpgsqlConnection connection, CancellationToken cancellation)
    {
        var inactive = new List<(long Shard, int Group)>();
        await using (var command = new NpgsqlCommand("SELECT shard, target FROM pg_catalog.tangelo_inactive_placements()", connection))
        await using (var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                inactive.Add((reader.GetInt64(0), reader.GetInt32(1)));
        }

        foreach (var group in inactive.GroupBy(p => p.Group, p => p.Shard))
        {
            if (await IsBackAsync(database, new GroupId(group.Key), cancellation).ConfigureAwait(false))
                await RepairAsync(database, group.Key, group, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<bool> IsBackAsync(DatabaseState database, GroupId group, CancellationToken cancellation)
    {
        if (group != GroupId.Coordinator && database.Map.Primary(group) is null)
            return false;
        try
        {
            await router.OnNodeAsync(database, group, (c, stop) => c.QueryAsync("SELECT 1", stop), cancellation).ConfigureAwait(false);
            return true;
        }
        catch (PgException)
        {
            return false;
        }
    }

    private async Task RepairAsync(DatabaseState database, int group, IEnumerable<long> shards, CancellationToken cancellation)
    {
        var address = router.Coordinator with { Host = router.Loopback.LoopbackHost, Port = router.Loopback.LoopbackPort, Database = database.Name, SocketDirectory = null, Encryption = null };
        await using var client = new NpgsqlConnection(address.ToNpgsql(ApplicationName) + ";Pooling=false");
        await client.OpenAsync(cancellation).ConfigureAwait(false);
        await using (var settings = new NpgsqlCommand("SET lock_timeout = '2s'; SET statement_timeout = 0", client))
            await settings.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        foreach (var shard in shards)
        {
            await using var command = new NpgsqlCommand("SELECT pg_catalog.tangelo_repair_placements(ARRAY(SELECT pg_catalog.tangelo_shard_family($1)), $2)", client)
            {
                CommandTimeout = 0,
            };
            command.Parameters.Add(new() { Value = shard, NpgsqlDbType = NpgsqlDbType.Bigint });
            command.Parameters.Add(new() { Value = group, NpgsqlDbType = NpgsqlDbType.Integer });
            try
            {
                await using var transaction = await client.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellation).ConfigureAwait(false);
                await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
                await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                LogRepaired(router.Log, shard, group);
            }
            catch (PostgresException e)
            {
                LogFailure(router.Log, shard, group, e.MessageText);

                // Npgsql gives up the connection when a node says that it is starting.
                if (client.State != System.Data.ConnectionState.Open)
                    return;
            }
        }
    }
}
