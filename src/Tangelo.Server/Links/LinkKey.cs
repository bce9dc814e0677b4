using Tangelo.Server.Loopback;

namespace Tangelo.Server.Links;

/// <summary>Links of one key are alike when nothing has been done on them: opened for the same role and database, with the same parameters and the same defaults.</summary>
/// <param name="Database">Its name.</param>
/// <param name="User">The role that has logged in.</param>
/// <param name="Startup">The client's start-up parameters.</param>
/// <param name="Defaults">Which role and database these names stood for when the link was opened, and what ALTER ROLE and ALTER DATABASE had set for them.</param>
internal sealed record LinkKey(string Database, string User, string Startup, string Defaults)
{
    // When it began; role, database, settings.
    private const string DefaultsSql =
        $"""
        SELECT {CoordinatorBackend.OwnStart}, r.oid, d.oid, (SELECT pg_catalog.string_agg(s.setconfig::text, ' ' ORDER BY s.setdatabase, s.setrole)
            FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase IN (0, d.oid) AND s.setrole IN (0, r.oid))
        FROM pg_catalog.pg_roles r, pg_catalog.pg_database d WHERE r.rolname = session_user AND d.datname = pg_catalog.current_database()
        """;

    /// <summary>The key of a link that has just been opened, which is told when its backend began.</summary>
    public static async Task<LinkKey> OfAsync(Workers.Connections.BackendConnection link, IEnumerable<KeyValuePair<string, string>> parameters, CancellationToken cancellation)
    {
        var row = (await link.QueryAsync(DefaultsSql, cancellation).ConfigureAwait(false))[0];
        link.ProcessStart = row[0];
        var startup = string.Join('\0', parameters.Where(p => p.Key is not ("user" or "database")).OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"));
        return new LinkKey(link.Address.Database, link.Address.User, startup, string.Join('\0', row.Skip(1)));
    }

    /// <summary>True where both are the same role in the same database, whatever is set for them by default.</summary>
    public bool IsSameRole(LinkKey other) => User == other.User && Database == other.Database && Ids(Defaults) == Ids(other.Defaults);

    private static string Ids(string defaults) => string.Join('\0', defaults.Split('\0').Take(2));
}
