using Npgsql;
using Tangelo.Cluster.Functions;

namespace Tangelo.Server.AdminFunctions;

/// <summary>Whose statements the caller of a function may see: his own, or everybody's, as in pg_stat_activity.</summary>
internal sealed class StatementReaders
{
    private readonly string? _only;

    private StatementReaders(string? only) => _only = only;

    /// <summary>What the session's user may see.</summary>
    public static async Task<StatementReaders> OfAsync(IClusterSession session, CancellationToken cancellation)
    {
        await using var command = session.Coordinator.CreateCommand(
            "SELECT rolsuper OR pg_catalog.pg_has_role(oid, 'pg_read_all_stats', 'USAGE') FROM pg_catalog.pg_roles WHERE rolname = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = session.User });
        return new StatementReaders(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is true ? null : session.User);
    }

    /// <summary>The same as an expression over columns of pg_stat_activity.</summary>
    public string ShowSql(string statement, string user) =>
        _only is null ? statement : $"CASE WHEN {user} = {Catalog.ShardNames.Literal(_only)} THEN {statement} ELSE '<insufficient privilege>' END";

    /// <summary>The statement of a user, or what PostgreSQL shows in its place.</summary>
    public string? Show(string? statement, string? user) => _only is null || user == _only ? statement : "<insufficient privilege>";
}
