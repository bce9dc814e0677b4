using Tangelo.Catalog;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Sessions;

/// <summary>Reads from the link which settings of the session differ from the server's.</summary>
internal sealed class SettingsReader(SessionContext context)
{
    private const string Sql =
        $"""
        SELECT name, setting FROM pg_catalog.pg_settings
        WHERE source IN ('session', 'client', 'user', 'database', 'database user')
          AND name !~ '^(transaction_|citus[.]|tangelo[.])'
          AND name NOT IN ('application_name', 'session_authorization', 'seed', 'default_tablespace', 'temp_tablespaces', '{RouterLiveness.SettingName}')
        UNION ALL SELECT 'citus.distributed_snapshots', 'on' WHERE pg_catalog.current_setting('citus.distributed_snapshots', true) = 'on'
        UNION ALL SELECT name, pg_catalog.current_setting(name, true)
            FROM (VALUES ('citus.node_connection_timeout', '30s'), ('citus.use_secondary_nodes', 'never'), ('citus.max_secondary_lag', '10s'),
                ('citus.max_cached_conns_per_worker', '1'), ('citus.task_assignment_policy', 'greedy')) s (name, usual)
            WHERE pg_catalog.current_setting(name, true) <> usual
        UNION ALL SELECT 'role', pg_catalog.current_setting('role')
        UNION ALL SELECT 'session_authorization', session_user::text
        UNION ALL SELECT ' ', pg_catalog.string_agg(oid::text, ' ' ORDER BY oid) FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user)
        """;

    // Asked for above, whether the session has set them or not.
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        SessionSettings.SnapshotsName, SessionSettings.PatienceName, SessionSettings.SecondariesName, SessionSettings.LagName, SessionSettings.CachedName, SessionSettings.AssignmentName,
    };

    // No setting has an empty name, or a blank for one.
    private const string ChangesSql =
        """
         UNION ALL SELECT '', last_value::text FROM pg_catalog.tangelo_schema_changes
        UNION ALL SELECT name, pg_catalog.current_setting(name, true) FROM pg_catalog.tangelo_read_setting
        """;

    public async Task<SessionSettings> ReadAsync(CancellationToken cancellation)
    {
        var sql = Sql + (context.Database.IsInstalled ? ChangesSql : "") + string.Concat(context.CustomSettings.Where(n => !Own.Contains(n)).Select(name =>
            $" UNION ALL SELECT {ShardNames.Literal(name)}, pg_catalog.current_setting({ShardNames.Literal(name)}, true)"));
        var rows = await context.QueryLinkAsync(sql, cancellation).ConfigureAwait(false);
        if (rows.Find(r => r[0] is "") is { } changes)
            context.Metadata.SchemaChangesSeen(long.Parse(changes[1]!));
        var role = rows.Find(r => r[0] == "role")?[1] ?? "none";
        var user = rows.Find(r => r[0] == "session_authorization")?[1];
        var identity = rows.Find(r => r[0] == " ")?[1] ?? "";
        var settings = SessionSettings.For(
            rows.DistinctBy(r => r[0], StringComparer.OrdinalIgnoreCase).Where(r => r[0] is not ("role" or "session_authorization" or " " or "") && r[1] is not null && !(r[0] == "client_encoding" && r[1] == "UTF8")).Select(r => new KeyValuePair<string, string>(r[0]!, r[1]!)),
            role,
            user == context.User ? null : user,
            identity);
        if (settings.Role is { } acting && context.Map.Workers.Any())
            await context.Router.Roles.RequireAsync(context.Map, acting, identity, cancellation).ConfigureAwait(false);
        return settings;
    }
}
