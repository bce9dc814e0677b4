using System.Collections.Concurrent;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Authentication;

/// <summary>
/// Gives a node what it lacks of one of the coordinator's roles: the role itself, where a function has made it, and the verifier of its password. The proof
/// that a client has shown to the router is good wherever the verifier is the same. No password passes through SQL of clients.
/// </summary>
internal sealed class NodeRoles(RouterState router)
{
    private readonly ConcurrentDictionary<string, bool> _everywhere = new();

    /// <summary>A node has refused the role.</summary>
    /// <returns>True when something was given.</returns>
    public async Task<bool> GiveAsync(BackendAddress node, CancellationToken cancellation)
    {
        var own = router.Coordinator;
        if (node.User == own.User || (node.Host == own.Host && node.Port == own.Port))
            return false;
        var commands = await CommandsAsync(node.User, cancellation).ConfigureAwait(false);
        if (commands.Count == 0)
            return false;
        if (await VerifierAsync(node.User, cancellation).ConfigureAwait(false) is { } verifier)
            commands.Add($"ALTER ROLE {ShardNames.Quote(node.User)} PASSWORD {ShardNames.Literal(verifier)}");
        try
        {
            await RunAsync(node, commands, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Code == SqlState.ReadOnlySqlTransaction)
        {
            // A standby has its roles from its primary.
            return false;
        }

        return true;
    }

    /// <summary>A session acts as the role from now on: every node has to know it.</summary>
    /// <param name="map">The nodes.</param>
    /// <param name="role">Its name.</param>
    /// <param name="identity">What tells it from earlier roles of that name.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task RequireAsync(ClusterMap map, string role, string identity, CancellationToken cancellation)
    {
        var key = $"{role} {identity} {map.Workers.Count()}";
        if (_everywhere.ContainsKey(key))
            return;
        var commands = await CommandsAsync(role, cancellation).ConfigureAwait(false);
        if (commands.Count == 0)
            return;
        try
        {
            foreach (var node in map.Workers)
                await RunAsync(router.Pools.For(node, router.Coordinator.Database, role).Address, commands, cancellation).ConfigureAwait(false);
            _everywhere[key] = true;
        }
        catch (PgException)
        {
            // The statement that needs the node says why it is not there.
        }
    }

    // Each changes nothing where the node agrees already. A role that is not committed yet has none.
    private async Task<List<string>> CommandsAsync(string role, CancellationToken cancellation)
    {
        var commands = new List<string>();
        var database = await router.DatabaseAsync(router.Coordinator.Database).ConfigureAwait(false);
        await using var command = database.Coordinator.CreateCommand("SELECT pg_catalog.unnest(pg_catalog.tangelo_role_commands(ARRAY[$1]))");
        command.Parameters.Add(new() { Value = role });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            commands.Add(reader.GetString(0));
        return commands;
    }

    private async Task<string?> VerifierAsync(string role, CancellationToken cancellation)
    {
        var database = await router.DatabaseAsync(router.Coordinator.Database).ConfigureAwait(false);
        await using var command = database.Coordinator.CreateCommand("SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = $1");
        command.Parameters.Add(new() { Value = role });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) as string;
    }

    private async Task RunAsync(BackendAddress node, List<string> commands, CancellationToken cancellation)
    {
        using var connection = await router.Pools.Credentials.ConnectAsync(node with { User = router.Coordinator.User }, [], cancellation).ConfigureAwait(false);

        // The node's log need not have it.
        if (!connection.IsRestricted)
            await connection.QueryAsync("SET log_statement = 'none'; SET log_min_duration_statement = -1", cancellation).ConfigureAwait(false);
        await connection.QueryAsync(string.Join(";\n", commands), cancellation).ConfigureAwait(false);
    }
}
