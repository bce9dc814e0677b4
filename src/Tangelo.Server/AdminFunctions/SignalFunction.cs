using System.Text.Json;
using Npgsql;
using Tangelo.Cluster.Functions;
using Tangelo.Core;
using Tangelo.Server.Deadlocks;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.AdminFunctions;

/// <summary>
/// The rest of pg_cancel_backend and pg_terminate_backend with a global process id: what works on the nodes for a session, or a backend of a node. Any
/// client can call it, so it looks itself whether the caller may.
/// </summary>
internal sealed class SignalFunction(RouterState router) : IClusterFunction
{
    public string Name => "signal_backend";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        var database = await router.DatabaseAsync(session.Database).ConfigureAwait(false);
        var (nodeId, pid, terminates) = (args.GetProperty("node").GetInt32(), args.GetProperty("pid").GetInt32(), args.GetProperty("terminate").GetBoolean());
        var owners = await BackendOwners.ReadAsync(router, database, cancellation).ConfigureAwait(false);
        if (nodeId == owners.CoordinatorNode)
            return [JsonSerializer.Serialize(new { done = await SignalSessionAsync(session, database, owners, pid, terminates, cancellation).ConfigureAwait(false) })];
        var node = database.Map.Nodes.FirstOrDefault(n => n.Id.Value == nodeId && n.Role == "primary" && n.IsActive)
            ?? throw new PgException(SqlState.InvalidParameterValue, $"node {nodeId} does not exist or is not active");
        return [JsonSerializer.Serialize(new { done = await SignalAsync(session, database, node.Group, pid, terminates, cancellation).ConfigureAwait(false) })];
    }

    private async Task<bool> SignalSessionAsync(
        IClusterSession session, DatabaseState database, BackendOwners owners, int link, bool terminates, CancellationToken cancellation)
    {
        if (!await SignalAsync(session, database, GroupId.Coordinator, link, terminates, cancellation).ConfigureAwait(false))
            return false;
        if (router.Sessions.FindByLink(link) is { } own)
        {
            // Only after the link's process could be signalled: that has looked whether the caller may.
            await (terminates ? own.TerminateAsync() : own.CancelAsync()).ConfigureAwait(false);
            return true;
        }

        foreach (var (group, pid) in owners.Of(link).Where(b => b != (GroupId.Coordinator, link)))
            await SignalAsync(session, database, group, pid, terminates: false, cancellation).ConfigureAwait(false);
        return true;
    }

    private async Task<bool> SignalAsync(IClusterSession session, DatabaseState database, GroupId group, int pid, bool terminates, CancellationToken cancellation)
    {
        var users = await router.OnNodeAsync(
            database, group, (c, stop) => c.QueryAsync($"SELECT usename FROM pg_catalog.pg_stat_activity WHERE pid = {pid} AND backend_type = 'client backend'", stop), cancellation).ConfigureAwait(false);
        if (users.Count == 0)
            return false;
        await RequireRightAsync(session, users[0][0]!, terminates, cancellation).ConfigureAwait(false);
        var function = terminates ? "pg_terminate_backend" : "pg_cancel_backend";
        var rows = await router.OnNodeAsync(database, group, (c, stop) => c.QueryAsync($"SELECT pg_catalog.{function}({pid})", stop), cancellation).ConfigureAwait(false);
        return rows[0][0] == "t";
    }

    private static async Task RequireRightAsync(IClusterSession session, string target, bool terminates, CancellationToken cancellation)
    {
        await using var command = session.Coordinator.CreateCommand(
            """
            SELECT c.rolsuper, t.rolsuper, pg_catalog.pg_has_role(c.oid, t.oid, 'USAGE') OR pg_catalog.pg_has_role(c.oid, 'pg_signal_backend', 'USAGE')
            FROM pg_catalog.pg_roles c, pg_catalog.pg_roles t WHERE c.rolname = $1 AND t.rolname = $2
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = session.User });
        command.Parameters.Add(new NpgsqlParameter { Value = target });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        var known = await reader.ReadAsync(cancellation).ConfigureAwait(false);
        if (known && reader.GetBoolean(0))
            return;
        if (!known || reader.GetBoolean(1))
            throw new PgException(SqlState.InsufficientPrivilege, terminates ? "must be a superuser to terminate superuser process" : "must be a superuser to cancel superuser query");
        if (!reader.GetBoolean(2))
        {
            throw new PgException(SqlState.InsufficientPrivilege, terminates
                ? "must be a member of the role whose process is being terminated or member of pg_signal_backend"
                : "must be a member of the role whose query is being canceled or member of pg_signal_backend");
        }
    }
}
