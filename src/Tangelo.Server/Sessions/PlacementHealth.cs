using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Server.Sessions;

/// <summary>What a session says of placements to everybody, and asks of them, in transactions of the coordinator that are not the session's own.</summary>
internal sealed class PlacementHealth(SessionContext context)
{
    /// <summary>The placements of a node do not count from now on: committed at once, and known to the other routers when this is done.</summary>
    public async ValueTask LoseAsync(DistributedTable table, IEnumerable<int> shards, GroupId group, CancellationToken cancellation)
    {
        // Who changes metadata waits for others who do: for this transaction, if it has done so.
        if (context.Metadata.IsChanged)
            throw new PgException(SqlState.ConnectionFailure, $"a placement of table \"{table.Name}\" cannot be reached in a transaction that has changed the metadata", hint: "Try again.");
        await using (var command = context.Database.Coordinator.CreateCommand("SELECT pg_catalog.tangelo_lose_placements($1, $2)"))
        {
            command.Parameters.Add(new() { Value = shards.Select(i => table.Shards[i].Id.Value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
            command.Parameters.Add(new() { Value = group.Value, NpgsqlDbType = NpgsqlDbType.Integer });
            await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
        }

        await context.Database.RefreshAsync(cancellation).ConfigureAwait(false);
        await context.Router.Maps.WaitForOthersAsync(context.Database, cancellation).ConfigureAwait(false);
        context.SayWhileBusy(new PgError
        {
            Severity = "WARNING",
            Code = SqlState.Warning,
            Message = $"placements of table \"{table.Name}\" on node {context.Map.Primary(group)?.Host}:{context.Map.Primary(group)?.Port} are inactive, because it cannot be reached",
        });
    }

    /// <summary>Whether the committed metadata have these active placements; where they have others, the map is read anew.</summary>
    public async ValueTask<bool> HasAsync(DistributedTable table, IReadOnlyCollection<int> shards, CancellationToken cancellation)
    {
        const string Sql =
            """
            SELECT shardid, coalesce(pg_catalog.string_agg(groupid::text, ',' ORDER BY groupid) FILTER (WHERE shardstate = 1), '')
            FROM pg_catalog.pg_dist_placement WHERE shardid = ANY ($1) GROUP BY shardid
            """;
        var expected = shards.ToDictionary(i => table.Shards[i].Id.Value, i => string.Join(',', table.Shards[i].Placements.Select(g => g.Value.ToString(CultureInfo.InvariantCulture))));

        // What this transaction has made itself nobody else has seen.
        if (context.Metadata.IsChanged)
            return true;
        await using var command = context.Database.Coordinator.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = expected.Keys.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        await using (var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            {
                if (expected.TryGetValue(reader.GetInt64(0), out var placements) && placements == reader.GetString(1))
                    expected.Remove(reader.GetInt64(0));
            }
        }

        if (expected.Count == 0)
            return true;
        await context.Database.RefreshAsync(cancellation).ConfigureAwait(false);
        return false;
    }
}
