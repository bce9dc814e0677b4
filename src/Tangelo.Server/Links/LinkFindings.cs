using Tangelo.Catalog;
using Tangelo.Server.Hosting;
using Tangelo.Server.Sessions;
using Tangelo.Server.Statements;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Links;

/// <summary>What a session has on its link between transactions, as the backend itself tells.</summary>
/// <param name="Pins">What cannot be made again on another link.</param>
/// <param name="Settings">What is set differently from the link's start.</param>
/// <param name="Statements">The names of the statements prepared by Parse.</param>
/// <param name="CustomSettings">Settings with a dot that the link knows.</param>
internal sealed record LinkFindings(PinReasons Pins, SessionSettings Settings, HashSet<string> Statements, List<string> CustomSettings)
{
    // Every object of a temporary schema depends on it. An idle_session_timeout ends the session only where it has a backend.
    private const string Sql =
        """
        SELECT 'setting', name, CASE WHEN context = 'superuser' THEN 'superuser' END, setting FROM pg_catalog.pg_settings
            WHERE source = 'session' AND name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')
        UNION ALL SELECT 'role', pg_catalog.current_setting('role'), session_user::text, pg_catalog.current_setting('is_superuser')
        UNION ALL SELECT 'identity', pg_catalog.string_agg(oid::text, ' ' ORDER BY oid), NULL, NULL FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user)
        UNION ALL SELECT 'statement', name, CASE WHEN from_sql THEN 'sql' END, NULL FROM pg_catalog.pg_prepared_statements WHERE pg_catalog.left(name, 8) <> 'tangelo_'
        UNION ALL SELECT 'pin', 'TemporaryObjects', NULL, NULL WHERE pg_catalog.pg_my_temp_schema() <> 0 AND EXISTS (
            SELECT FROM pg_catalog.pg_depend WHERE refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND refobjid = pg_catalog.pg_my_temp_schema())
        UNION ALL SELECT 'pin', 'Listens', NULL, NULL WHERE EXISTS (SELECT FROM pg_catalog.pg_listening_channels())
        UNION ALL SELECT 'pin', 'HeldCursors', NULL, NULL WHERE EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE is_holdable)
        UNION ALL SELECT 'pin', 'AdvisoryLocks', NULL, NULL WHERE EXISTS (SELECT FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'advisory')
        """;

    /// <summary>Asks the link.</summary>
    /// <exception cref="Core.PgException">The link's error.</exception>
    public static async Task<LinkFindings> ReadAsync(SessionContext context, CancellationToken cancellation)
    {
        var texts = await StateOfFunctions.OfAsync(context.Database, cancellation).ConfigureAwait(false);
        var names = context.CustomSettings.Concat(texts.SettingNames).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToList();
        var asksSequences = texts.ReadsSequences || context.Database.ReadsSequences;
        var sql = Sql
            + (asksSequences && context.Database.IsInstalled ? " UNION ALL SELECT 'pin', 'Sequences', NULL, NULL WHERE pg_catalog.tangelo_has_lastval()" : "")
            + string.Concat(names.Select(n => $" UNION ALL SELECT 'custom', {ShardNames.Literal(n)}, NULL, pg_catalog.current_setting({ShardNames.Literal(n)}, true)"));
        var rows = await context.QueryLinkAsync(sql, cancellation).ConfigureAwait(false);

        var pins = asksSequences && !context.Database.IsInstalled ? PinReasons.Sequences : PinReasons.None;
        if (texts.HidesState)
            pins |= PinReasons.UnknownState;
        if (context.ClientEncoding is not ("UTF8" or "SQL_ASCII"))
            pins |= PinReasons.Settings;
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var statements = new HashSet<string>();
        var custom = new List<string>();
        string role = "none", sessionUser = context.User, identity = "";
        var (superuserSettings, isSuperuser) = (false, false);
        foreach (var row in rows)
        {
            switch (row[0])
            {
                case "setting":
                    values[row[1]!] = row[3] ?? "";
                    superuserSettings |= row[2] is not null;

                    // Of a library: where that is not loaded, the view does not show it.
                    if (row[1]!.Contains('.', StringComparison.Ordinal))
                        custom.Add(row[1]!);
                    if (row[1] == "idle_session_timeout")
                        pins |= PinReasons.Settings;
                    break;
                case "custom" when row[3] is { } value:
                    values[row[1]!] = value;
                    custom.Add(row[1]!);
                    break;
                case "role":
                    (role, sessionUser, isSuperuser) = (row[1]!, row[2]!, row[3] == "on");
                    break;
                case "identity":
                    identity = row[1] ?? "";
                    break;
                case "statement" when row[2] is not null:
                    pins |= PinReasons.PreparedStatements;
                    break;
                case "statement":
                    statements.Add(row[1]!);
                    break;
                case "pin":
                    pins |= Enum.Parse<PinReasons>(row[1]!);
                    break;
            }
        }

        // Who set it may do so no more.
        if (superuserSettings && !(isSuperuser && sessionUser == context.User))
            pins |= PinReasons.Settings;
        var settings = SessionSettings.For(values, role, sessionUser == context.User ? null : sessionUser, identity);
        return new LinkFindings(pins, settings, statements, custom);
    }
}
