using System.Collections.Concurrent;
using Tangelo.Catalog;

namespace Tangelo.Workers.Transactions;

/// <summary>
/// What a session has set differently from the server's defaults. Interned: sessions with the same settings share one object,
/// so that a reference comparison tells whether a worker connection has them already.
/// </summary>
public sealed class SessionSettings
{
    // Clients may put what changes with every transaction into a setting. Equal settings that are two objects cost a round of SET.
    private const int Capacity = 1000;

    private static readonly ConcurrentDictionary<string, SessionSettings> Interned = new();

    private const string Encoding = "client_encoding";

    private readonly SessionSettings? _inServerEncoding;

    private SessionSettings(string sql, string searchPath, SessionSettings? inServerEncoding = null)
    {
        Sql = sql;
        SearchPath = searchPath;
        _inServerEncoding = inServerEncoding;
    }

    /// <summary>No setting differs.</summary>
    public static SessionSettings Default { get; } = new("RESET ROLE; RESET ALL", "");

    /// <summary>Statements that bring a connection from any settings to these.</summary>
    public string Sql { get; }

    /// <summary>These settings without client_encoding: values pass as they are stored.</summary>
    public SessionSettings InServerEncoding => _inServerEncoding ?? this;

    /// <summary>The value of search_path when it was set, else empty.</summary>
    public string SearchPath { get; }

    /// <summary>The settings for these values, role last because it may take rights away.</summary>
    /// <param name="values">Names and values as pg_settings shows them, without units converted.</param>
    /// <param name="role">The value of the setting <c>role</c>, or "none".</param>
    public static SessionSettings For(IEnumerable<KeyValuePair<string, string>> values, string role)
    {
        var ordered = values.OrderBy(v => v.Key, StringComparer.Ordinal).ToList();
        var sql = string.Concat(ordered.Select(v =>
            $"; SELECT pg_catalog.set_config({ShardNames.Literal(v.Key)}, {ShardNames.Literal(v.Value)}, false)"));
        if (role is not ("none" or ""))
            sql += "; SET ROLE " + ShardNames.Quote(role);
        if (sql.Length == 0)
            return Default;
        var others = ordered.Exists(v => v.Key == Encoding) ? For(ordered.Where(v => v.Key != Encoding), role) : null;
        if (Interned.Count >= Capacity)
            Interned.Clear();
        return Interned.GetOrAdd(
            sql, key => new SessionSettings("RESET ROLE; RESET ALL" + key, ordered.Find(v => v.Key == "search_path").Value ?? "", others));
    }
}
