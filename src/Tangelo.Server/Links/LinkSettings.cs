using Tangelo.Catalog;
using Tangelo.Server.Sessions;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Links;

/// <summary>What is set on a link differently from its start.</summary>
/// <param name="Settings">As it is laid on another link.</param>
/// <param name="Custom">Settings with a dot that the link knows.</param>
/// <param name="Pins">Settings that cannot be laid on another link.</param>
internal sealed record LinkSettings(SessionSettings Settings, IReadOnlyCollection<string> Custom, PinReasons Pins)
{
    // Another transaction has its own.
    private const string OfTransaction = "('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')";

    // pg_settings makes 17 texts of every setting there is, and no function tells less of where a value comes from.
    private const string Sql =
        $"""
        SELECT 'setting', name, CASE WHEN context = 'superuser' THEN 'superuser' END, setting FROM pg_catalog.pg_settings
            WHERE source = 'session' AND name NOT IN {OfTransaction}
        UNION ALL SELECT 'role', pg_catalog.current_setting('role'), session_user::text, pg_catalog.current_setting('is_superuser')
        UNION ALL SELECT 'identity', pg_catalog.string_agg(oid::text, ' ' ORDER BY oid), NULL, NULL FROM pg_catalog.pg_roles WHERE rolname IN (current_user, session_user)
        """;

    // Those with a dot are asked for where a session may have set them.
    private const string NamesSql =
        $"""
        SELECT pg_catalog.array_agg(name ORDER BY name) FROM pg_catalog.pg_settings
        WHERE context IN ('user', 'superuser') AND name !~ '[.]' AND name NOT IN {OfTransaction}
        """;

    /// <summary>An expression for a text that tells the values of all settings and the roles from others. Where it is as it was before on a link of this kind, so are they.</summary>
    /// <param name="context">The session.</param>
    /// <param name="custom">Settings with a dot that it may have set.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Core.PgException">The link's error.</exception>
    public static async ValueTask<string> PrintSqlAsync(SessionContext context, IEnumerable<string> custom, CancellationToken cancellation)
    {
        var known = context.Lease.KnownSettings.Values;
        var isSuperuser = context.Parameters.GetValueOrDefault("is_superuser", "");
        var values = known.GetValueOrDefault(isSuperuser)
            ?? known.GetOrAdd(isSuperuser, ValuesSql((await context.QueryLinkAsync(NamesSql, cancellation).ConfigureAwait(false))[0][0]!));
        return $"""
            pg_catalog.md5({values}::pg_catalog.text
                || ARRAY[session_user, current_user]::pg_catalog.text || pg_catalog.current_setting('role') || ' ' || pg_catalog.current_setting('is_superuser') || ' '
                || pg_catalog.to_regrole(pg_catalog.quote_ident(session_user))::pg_catalog.oid || ' ' || pg_catalog.to_regrole(pg_catalog.quote_ident(current_user))::pg_catalog.oid
                || ARRAY[{string.Join(", ", custom.Select(n => $"{ShardNames.Literal(n)}, pg_catalog.current_setting({ShardNames.Literal(n)}, true)"))}]::pg_catalog.text[]::pg_catalog.text)
            """;
    }

    /// <summary>The settings of a link whose print is this; null where it could not be told.</summary>
    /// <exception cref="Core.PgException">The link's error.</exception>
    public static async ValueTask<LinkSettings> OfAsync(SessionContext context, string? print, IReadOnlyCollection<string> custom, CancellationToken cancellation)
    {
        var known = context.Lease.KnownSettings;
        if (print is not null && known.ByPrint.Find(print) is { } same)
            return same;
        var found = await ReadAsync(context, custom, cancellation).ConfigureAwait(false);
        if (print is not null)
            known.ByPrint.Set(print, found);
        return found;
    }

    private static string ValuesSql(string names) =>
        $"(SELECT pg_catalog.array_agg(pg_catalog.current_setting(n)) FROM pg_catalog.unnest({ShardNames.Literal(names)}::pg_catalog.text[]) n)";

    private static async ValueTask<LinkSettings> ReadAsync(SessionContext context, IReadOnlyCollection<string> names, CancellationToken cancellation)
    {
        var rows = await context.QueryLinkAsync(
            Sql + string.Concat(names.Select(n => $" UNION ALL SELECT 'custom', {ShardNames.Literal(n)}, NULL, pg_catalog.current_setting({ShardNames.Literal(n)}, true)")),
            cancellation).ConfigureAwait(false);
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var custom = new List<string>();
        var pins = PinReasons.None;
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

                    // It ends the session only where that has a backend.
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
            }
        }

        // Who set it may do so no more.
        if (superuserSettings && !(isSuperuser && sessionUser == context.User))
            pins |= PinReasons.Settings;
        return new LinkSettings(SessionSettings.For(values, role, sessionUser == context.User ? null : sessionUser, identity), custom, pins);
    }
}
