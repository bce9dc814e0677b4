using System.Collections.Immutable;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions.Tables;

/// <summary>
/// Schemas, types and functions that a shard needs on its node. They belong to those whom they belong to on the coordinator, and the session may be allowed to make
/// none of them. What is committed there is made with the router's own rights, and stays; the texts come from the catalog. The rest is the session's, which makes it
/// in its transaction.
/// </summary>
internal static class NodeObjects
{
    /// <param name="objects">What is needed, as classid/oid of the coordinator.</param>
    public static async Task PrepareAsync(IClusterSession session, GroupId group, ImmutableArray<string> objects, CancellationToken cancellation)
    {
        if (objects.IsEmpty || await session.QueryAsync(group, "SHOW is_superuser", cancellation) is [["on"]])
            return;
        await using var command = session.Coordinator.CreateCommand("SELECT pg_catalog.tangelo_commands_for($1)");
        command.Parameters.Add(new() { Value = objects.ToArray() });
        if (await command.ExecuteScalarAsync(cancellation) is string[] commands)
            await session.PrepareNodeAsync(group, string.Join(";\n", commands), cancellation);
    }
}
