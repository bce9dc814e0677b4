using Npgsql;
using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Authentication;

/// <summary>
/// What citus.node_conninfo and pg_dist_authinfo say of the nodes. Both are read for each connection that is opened: it stays open for long, and
/// then nothing has to be told when they change but that idle ones are old.
/// </summary>
internal sealed class NodeSettings(RouterState router)
{
    /// <summary>The setting.</summary>
    public const string Setting = "citus.node_conninfo";

    // What a setting of the database is now; sessions keep the one they began with.
    private const string Conninfo =
        """
        SELECT pg_catalog.split_part(c, '=', 1) AS name, pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value
        FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase, pg_catalog.unnest(s.setconfig) c
        WHERE s.setrole = 0 AND d.datname = pg_catalog.current_database()
        """;

    private static readonly HashSet<string> Keywords = new(StringComparer.Ordinal)
    {
        "sslmode", "sslrootcert", "sslcert", "sslkey", "keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval", "tcp_user_timeout",
    };

    // Of libpq's other keywords that Citus takes here, none changes anything for a connection of the router's.
    private static readonly HashSet<string> WithoutEffect = new(StringComparer.Ordinal)
    {
        "application_name", "connect_timeout", "gsslib", "krbsrvname", "sslcompression", "sslsni",
    };

    private static readonly NodeLogin Usual = new(ServerEncryption.Default, ServerLiveness.Default, null);

    private readonly Dictionary<Oid, string> _seen = [];

    /// <summary>Reads a value of the setting.</summary>
    /// <exception cref="PgException">22023: it cannot be read, or holds what may not be there.</exception>
    public static NodeLogin Read(string conninfo)
    {
        var values = ConnectionInfo.Parse(conninfo);
        if (values.Keys.FirstOrDefault(k => !Keywords.Contains(k) && !WithoutEffect.Contains(k) && !k.StartsWith("sslcrl", StringComparison.Ordinal)) is { } other)
        {
            throw new PgException(
                SqlState.InvalidParameterValue, $"invalid value for parameter \"{Setting}\": \"{conninfo}\"", $"Prohibited conninfo keyword detected: {other}",
                "Addresses belong to pg_dist_node, and passwords to pg_dist_authinfo.");
        }

        return new NodeLogin(ServerEncryption.From(values), ServerLiveness.From(values), null);
    }

    /// <summary>What is said of a node, as the role of the address.</summary>
    /// <exception cref="PgException">22023: what is said cannot be read.</exception>
    public async Task<NodeLogin> OfAsync(BackendAddress node, CancellationToken cancellation)
    {
        var database = await router.DatabaseAsync(node.Database).ConfigureAwait(false);
        if (!database.IsInstalled)
            return Usual;
        await using var command = database.Coordinator.CreateCommand(
            $"""
            SELECT (SELECT value FROM ({Conninfo}) c WHERE name = '{Setting}'),
                (SELECT a.authinfo FROM pg_catalog.pg_dist_authinfo a LEFT JOIN pg_catalog.pg_dist_node n USING (nodeid)
                 WHERE a.rolename = $1 AND (a.nodeid = 0 OR (n.nodename = $2 AND n.nodeport = $3)) ORDER BY a.nodeid DESC LIMIT 1),
                (SELECT t.timeline FROM pg_catalog.tangelo_node_timeline t JOIN pg_catalog.pg_dist_node n USING (nodeid) WHERE n.nodename = $2 AND n.nodeport = $3)
            """);
        command.Parameters.Add(new() { Value = node.User });
        command.Parameters.Add(new() { Value = node.Host });
        command.Parameters.Add(new() { Value = node.Port });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        var login = reader.IsDBNull(0) ? Usual : Read(reader.GetString(0));
        if (!reader.IsDBNull(1))
            login = WithAuthenticationOf(node.User, reader.GetString(1), login);
        return reader.IsDBNull(2) ? login : login with { Timeline = reader.GetInt64(2) };
    }

    /// <summary>A primary of a node of several servers has been met on a newer timeline: no router takes an older one from now on.</summary>
    public async Task TimelineSeenAsync(BackendAddress node, long timeline, CancellationToken cancellation)
    {
        var database = await router.DatabaseAsync(node.Database).ConfigureAwait(false);
        await using var command = database.Coordinator.CreateCommand(
            """
            INSERT INTO pg_catalog.tangelo_node_timeline AS t SELECT n.nodeid, $3 FROM pg_catalog.pg_dist_node n WHERE n.nodename = $1 AND n.nodeport = $2
            ON CONFLICT (nodeid) DO UPDATE SET timeline = EXCLUDED.timeline WHERE t.timeline < EXCLUDED.timeline
            """);
        command.Parameters.Add(new() { Value = node.Host });
        command.Parameters.Add(new() { Value = node.Port });
        command.Parameters.Add(new() { Value = timeline });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Closes the idle connections to a database's nodes if what is said of them has changed.</summary>
    public async Task LookAfterAsync(DatabaseState database, CancellationToken cancellation)
    {
        await using var command = database.Coordinator.CreateCommand(
            $"""
            SELECT pg_catalog.concat_ws(' ', (SELECT value FROM ({Conninfo}) c WHERE name = '{Setting}'),
                (SELECT pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(pg_catalog.concat_ws(' ', nodeid, rolename, authinfo), '|' ORDER BY rolename, nodeid), 'UTF8'))
                 FROM pg_catalog.pg_dist_authinfo),
                (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', nodeid, timeline), '|' ORDER BY nodeid) FROM pg_catalog.tangelo_node_timeline))
            """);
        var now = (string)(await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false))!;
        if (_seen.TryGetValue(database.Oid, out var before) && before != now)
            router.Pools.CloseIdleConnections(database.Name);
        _seen[database.Oid] = now;
    }

    // No message has anything of the text: it may be a password.
    private static NodeLogin WithAuthenticationOf(string role, string authinfo, NodeLogin login)
    {
        Dictionary<string, string>? values = null;
        try
        {
            values = ConnectionInfo.Parse(authinfo);
        }
        catch (PgException)
        {
            // Told below.
        }

        if (values is null || values.Keys.Any(k => k is not ("password" or "sslcert" or "sslkey")))
        {
            throw new PgException(
                SqlState.InvalidParameterValue, $"the authinfo of role \"{role}\" in pg_dist_authinfo cannot be understood",
                hint: "It may have the keywords password, sslcert and sslkey, each with = and a value.");
        }

        var encryption = login.Encryption;
        return login with
        {
            Encryption = encryption with { Certificate = values.GetValueOrDefault("sslcert", encryption.Certificate!), Key = values.GetValueOrDefault("sslkey", encryption.Key!) },
            Password = values.GetValueOrDefault("password") is { } password ? new BackendCredentials.Password(password) : null,
        };
    }
}
