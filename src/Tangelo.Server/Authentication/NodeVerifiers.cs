using Tangelo.Catalog;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Authentication;

/// <summary>
/// Gives a node the coordinator's verifier of a role's password: the proof that a client has shown to the router is good wherever the verifier is the same.
/// It is done when a node refuses the proof, so no password and no verifier passes through SQL of clients.
/// </summary>
internal sealed class NodeVerifiers(RouterState router)
{
    /// <summary>True when the node has it now.</summary>
    public async Task<bool> GiveAsync(BackendAddress node, CancellationToken cancellation)
    {
        var own = router.Coordinator;
        if (node.User == own.User || (node.Host == own.Host && node.Port == own.Port))
            return false;
        var database = await router.DatabaseAsync(own.Database).ConfigureAwait(false);
        await using var command = database.Coordinator.CreateCommand("SELECT rolpassword FROM pg_catalog.pg_authid WHERE rolname = $1");
        command.Parameters.Add(new() { Value = node.User });
        if (await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is not string verifier)
            return false;
        var connection = await BackendConnection.ConnectAsync(node with { User = own.User }, [], cancellation, router.Pools.Credentials.For(own.User)).ConfigureAwait(false);
        using (connection)
        {
            // The node's log need not have it.
            await connection.QueryAsync(
                $"SET log_statement = 'none'; SET log_min_duration_statement = -1; ALTER ROLE {ShardNames.Quote(node.User)} PASSWORD {ShardNames.Literal(verifier)}", cancellation)
                .ConfigureAwait(false);
        }

        return true;
    }
}
