using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Workers.Connections;

namespace Tangelo.Workers.Transactions;

/// <summary>
/// What a session has set differently from the server's defaults. Interned: sessions with the same settings share one object,
/// so that a reference comparison tells whether a worker connection has them already.
/// </summary>
public sealed class SessionSettings
{
    // Clients may put what changes with every transaction into a setting. Equal settings that are two objects cost a round of SET.
    private static readonly BoundedCache<string, SessionSettings> Interned = new(1000);

    /// <summary>The setting by which single statements have one snapshot of all nodes.</summary>
    public const string SnapshotsName = "citus.distributed_snapshots";

    /// <summary>The setting that says how long a statement waits for a node.</summary>
    public const string PatienceName = "citus.node_connection_timeout";

    /// <summary>The setting by which shards are read from standbys.</summary>
    public const string SecondariesName = "citus.use_secondary_nodes";

    /// <summary>The setting that says how far behind its primary a standby may be.</summary>
    public const string LagName = "citus.max_secondary_lag";

    /// <summary>The setting that says how many connections to a node a session leaves open. As it has one at most, there is no number but 0 that says less.</summary>
    public const string CachedName = "citus.max_cached_conns_per_worker";

    /// <summary>The setting that says which placement of a shard is read.</summary>
    public const string AssignmentName = "citus.task_assignment_policy";

    /// <summary>How long a node is waited for where nothing is set.</summary>
    public static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(30);

    private const string Encoding = "client_encoding";
    private const string FloatDigits = "extra_float_digits";
    private const string DateStyle = "DateStyle";
    private const string IsoPrefix = "ISO, ";

    // RESET ALL leaves both of these.
    private const string Reset = "RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";

    private readonly IReadOnlyList<KeyValuePair<string, string>> _values = [];
    private readonly SessionSettings? _inServerEncoding;
    private readonly SessionSettings? _withExactOutput;

    private SessionSettings(
        string sql, string searchPath, IsolationLevel isolation = IsolationLevel.ReadCommitted, SessionSettings? inServerEncoding = null, SessionSettings? withExactOutput = null,
        IReadOnlyList<KeyValuePair<string, string>>? values = null)
    {
        _values = values ?? [];
        LeastMessages = _values.FirstOrDefault(v => v.Key == "client_min_messages").Value;
        Sql = sql;
        SearchPath = searchPath;
        Isolation = isolation;
        TakesSnapshots = _values.Any(v => v is { Key: SnapshotsName, Value: "on" });
        StatementTimeout = Time("statement_timeout", TimeSpan.Zero) is var limit && limit > TimeSpan.Zero ? limit : null;
        NodePatience = Time(PatienceName, UsualPatience);
        ReadsSecondaries = _values.Any(v => v is { Key: SecondariesName, Value: "always" });
        MaxSecondaryLag = Time(LagName, TimeSpan.FromSeconds(10));
        KeepsConnections = !_values.Any(v => v is { Key: CachedName, Value: "0" });
        Assignment = _values.FirstOrDefault(v => v.Key == AssignmentName).Value switch
        {
            "round-robin" => TaskAssignment.RoundRobin,
            "first-replica" => TaskAssignment.FirstReplica,
            _ => TaskAssignment.Greedy,
        };
        IsDeferrable = _values.Any(v => v is { Key: "default_transaction_deferrable", Value: "on" });
        _inServerEncoding = inServerEncoding;
        _withExactOutput = withExactOutput;
    }

    /// <summary>No setting differs.</summary>
    public static SessionSettings Default { get; } = new(Reset, "");

    /// <summary>Takes from a connection what its last loan has laid on it.</summary>
    public static async Task ClearAsync(BackendConnection connection, CancellationToken cancellation)
    {
        if (connection.AppliedSettings is null)
            return;
        await connection.QueryAsync(Default.Sql, cancellation).ConfigureAwait(false);
        connection.AppliedSettings = null;
    }

    /// <summary>Statements that bring a connection from any settings to these.</summary>
    public string Sql { get; }

    /// <summary>These settings without client_encoding: values pass as they are stored.</summary>
    public SessionSettings InServerEncoding => _inServerEncoding ?? this;

    /// <summary>
    /// These settings, but numbers in text form have all their digits, and times no abbreviation of a zone that could mean another one. For whoever
    /// computes with them.
    /// </summary>
    public SessionSettings WithExactOutput => _withExactOutput ?? this;

    /// <summary>
    /// These settings for statements that postgres_fdw writes: in the server's encoding, with exact output, and with pg_catalog first, where it finds all that it names without a schema.
    /// Somebody could have other operators before, which would then run as whoever the coordinator acts as.
    /// </summary>
    public SessionSettings OfLoopback
    {
        get
        {
            var settings = InServerEncoding.WithExactOutput;
            return settings.HidesCatalog
                ? For(settings._values.Select(v => v.Key == "search_path" ? new(v.Key, "pg_catalog, " + v.Value) : v), settings.RoleSetting, settings.SessionUser, settings.Identity, settings.Told)
                : settings;
        }
    }

    // Where it is not named PostgreSQL looks there first.
    private bool HidesCatalog =>
        SearchPath.Contains("pg_catalog", StringComparison.Ordinal) && SearchPath != "pg_catalog" && !SearchPath.StartsWith("pg_catalog,", StringComparison.Ordinal);

    private string RoleSetting { get; init; } = "none";

    private string Identity { get; init; } = "";

    // What has been told since the settings were read. They are laid on last, with the rights of the role: nobody gets more by telling.
    private IReadOnlyList<KeyValuePair<string, string>> Told { get; init; } = [];

    /// <summary>The role in force, by SET ROLE or SET SESSION AUTHORIZATION; null for the one that logged in.</summary>
    public string? Role { get; private init; }

    /// <summary>The user of SET SESSION AUTHORIZATION; null for the one that logged in.</summary>
    public string? SessionUser { get; private init; }

    /// <summary>The same settings for another role and session user, as <see cref="For"/> has them.</summary>
    public SessionSettings As(string role, string? sessionUser, string identity) => For(_values, role, sessionUser, identity, Told);

    /// <summary>The same settings with other values for some of those that have a dot in their names; null for one that the session does not know.</summary>
    public SessionSettings With(IEnumerable<KeyValuePair<string, string?>> told)
    {
        var changed = new Dictionary<string, string>(Told, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in told.Where(t => IsCustom(t.Key)))
        {
            if ((value ?? "") == (_values.FirstOrDefault(v => v.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value ?? ""))
                changed.Remove(name);
            else
                changed[name] = value ?? "";
        }

        return For(_values, RoleSetting, SessionUser, Identity, [.. changed.OrderBy(t => t.Key, StringComparer.Ordinal)]);
    }

    private static bool IsCustom(string name) =>
        name.Contains('.') && !name.StartsWith("citus.", StringComparison.OrdinalIgnoreCase) && !name.StartsWith("tangelo.", StringComparison.OrdinalIgnoreCase);

    /// <summary>The level of transactions that do not say otherwise.</summary>
    public IsolationLevel Isolation { get; }

    /// <summary>True when a statement by itself reads all nodes in one snapshot, whatever the isolation level is.</summary>
    public bool TakesSnapshots { get; }

    /// <summary>How long a statement waits for a connection to a node that has no primary at the moment.</summary>
    public TimeSpan NodePatience { get; }

    /// <summary>True when shards are read from standbys, and not written.</summary>
    public bool ReadsSecondaries { get; }

    /// <summary>How far behind its primary a standby may be to be read.</summary>
    public TimeSpan MaxSecondaryLag { get; }

    /// <summary>False when connections to nodes are closed after each transaction.</summary>
    public bool KeepsConnections { get; }

    /// <summary>Which placement of a shard is read.</summary>
    public TaskAssignment Assignment { get; }

    /// <summary>True when transactions are DEFERRABLE where they do not say otherwise.</summary>
    public bool IsDeferrable { get; }

    /// <summary>The value of statement_timeout when it was set, else null.</summary>
    public TimeSpan? StatementTimeout { get; }

    /// <summary>The value of client_min_messages when it was set, else null.</summary>
    public string? LeastMessages { get; }

    /// <summary>The value of search_path when it was set, else empty.</summary>
    public string SearchPath { get; }

    /// <summary>The settings for these values, user and role last because they may take rights away.</summary>
    /// <param name="values">Names and values as pg_settings shows them, without units converted.</param>
    /// <param name="role">The value of the setting <c>role</c>, or "none".</param>
    /// <param name="sessionUser">The user of SET SESSION AUTHORIZATION; null for the one that logged in.</param>
    /// <param name="identity">What tells the roles from others that have had their names before: a connection still is the role that was dropped.</param>
    /// <param name="told">What the user's rights have to allow, laid on after all else.</param>
    public static SessionSettings For(
        IEnumerable<KeyValuePair<string, string>> values, string role, string? sessionUser = null, string identity = "", IReadOnlyList<KeyValuePair<string, string>>? told = null)
    {
        told ??= [];
        // What limits the time of a statement comes last: it is in force for what follows.
        var ordered = values.OrderBy(v => v.Key is "statement_timeout" or "transaction_timeout").ThenBy(v => v.Key, StringComparer.Ordinal).ToList();
        static string Set(KeyValuePair<string, string> v) => $"; SELECT pg_catalog.set_config({ShardNames.Literal(v.Key)}, {ShardNames.Literal(v.Value)}, false)";
        var sql = string.Concat(ordered.Select(Set));
        if (sessionUser is not null)
            sql += "; SET SESSION AUTHORIZATION " + ShardNames.Quote(sessionUser);
        if (role is not ("none" or ""))
            sql += "; SET ROLE " + ShardNames.Quote(role);
        if (identity.Length > 0 && (sessionUser is not null || role is not ("none" or "")))
            sql += $" /* {identity} */";

        // The comment tells equal texts apart where a value was read and the same is told.
        if (told.Count > 0)
            sql += " /* told */" + string.Concat(told.Select(Set));
        if (sql.Length == 0)
            return Default;
        SessionSettings? Without(string name) => ordered.Exists(v => v.Key == name) ? For(ordered.Where(v => v.Key != name), role, sessionUser, identity, told) : null;
        var inServerEncoding = Without(Encoding);
        var isInexact = ordered.Exists(v => v.Key is FloatDigits || (v.Key is DateStyle && !v.Value.StartsWith(IsoPrefix, StringComparison.Ordinal)));
        var withExactOutput = isInexact ? For(ordered.Where(v => v.Key is not FloatDigits).Select(v => v.Key is DateStyle ? new(v.Key, Iso(v.Value)) : v), role, sessionUser, identity, told) : null;
        return Interned.GetOrAdd(
            sql, key => new SessionSettings(Reset + key, ordered.Find(v => v.Key == "search_path").Value ?? "", IsolationLevels.Default(ordered), inServerEncoding, withExactOutput, ordered)
            {
                Role = role is "none" or "" ? sessionUser : role,
                SessionUser = sessionUser,
                RoleSetting = role,
                Identity = identity,
                Told = told,
            });
    }

    // Numbers without a unit are milliseconds, as PostgreSQL has it for settings of this kind.
    private TimeSpan Time(string name, TimeSpan usual)
    {
        var text = _values.FirstOrDefault(v => v.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;
        if (text is null)
            return usual;
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        if (!int.TryParse(text.AsSpan(0, digits), out var number))
            return usual;
        return text[digits..].Trim() switch
        {
            "" or "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "min" => TimeSpan.FromMinutes(number),
            "h" => TimeSpan.FromHours(number),
            _ => usual,
        };
    }

    // "German, DMY": the second word is how dates are read, and stays.
    private static string Iso(string style) => IsoPrefix + style[(style.IndexOf(',') + 1)..].Trim();
}
