using System.Text.Json;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Server.Sessions;
using Tangelo.Server.Statements;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Links;

/// <summary>What a session has on its link between transactions, as the backend itself tells.</summary>
/// <param name="Pins">What cannot be made again on another link.</param>
/// <param name="Own">The settings.</param>
/// <param name="Statements">The names of the statements prepared by Parse.</param>
internal sealed record LinkFindings(PinReasons Pins, LinkSettings Own, HashSet<string> Statements)
{
    // Functions only, and no views: a backend that is new has to read the catalogs for each of these. Every object of a temporary schema depends on it.
    private const string Sql =
        """
        pg_catalog.pg_my_temp_schema() <> 0,
            EXISTS (SELECT FROM pg_catalog.pg_listening_channels()),
            EXISTS (SELECT FROM pg_catalog.pg_cursor() c WHERE c.is_holdable),
            (SELECT pg_catalog.json_object_agg(s.name, s.from_sql) FROM pg_catalog.pg_prepared_statement() s WHERE pg_catalog.left(s.name, 8) <> 'tangelo_')
        """;

    // All locks of all backends are copied for it.
    private const string LocksSql = "EXISTS (SELECT FROM pg_catalog.pg_lock_status() l WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'advisory')";

    private const string TemporaryObjectsSql =
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_depend WHERE refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND refobjid = pg_catalog.pg_my_temp_schema())";

    /// <summary>Asks the link.</summary>
    /// <exception cref="PgException">The link's error.</exception>
    public static async Task<LinkFindings> ReadAsync(SessionContext context, CancellationToken cancellation)
    {
        var texts = await StateOfFunctions.OfAsync(context.Database, cancellation).ConfigureAwait(false);
        var names = context.CustomSettings.Concat(texts.SettingNames).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).ToList();
        var asksSequences = texts.ReadsSequences || context.Database.ReadsSequences;
        var print = await LinkSettings.PrintSqlAsync(context, names, cancellation).ConfigureAwait(false);
        var sql = $"SELECT {Sql}, {(texts.LocksSession || context.Lease.MayHoldLocks ? LocksSql : "false")}, {(asksSequences && context.Database.IsInstalled ? "pg_catalog.tangelo_has_lastval()" : "false")}, ";
        string?[] row;
        try
        {
            row = (await context.QueryLinkAsync(sql + print, cancellation).ConfigureAwait(false))[0];
        }
        catch (PgException e) when (e.Code == SqlState.InsufficientPrivilege && context.Lease.IsHealthy)
        {
            // A setting that this role may not look at.
            row = (await context.QueryLinkAsync(sql + "NULL", cancellation).ConfigureAwait(false))[0];
        }

        var own = await LinkSettings.OfAsync(context, row[6], names, cancellation).ConfigureAwait(false);
        var pins = own.Pins | (asksSequences && !context.Database.IsInstalled ? PinReasons.Sequences : PinReasons.None);
        if (texts.HidesState)
            pins |= PinReasons.UnknownState;
        if (context.ClientEncoding is not ("UTF8" or "SQL_ASCII"))
            pins |= PinReasons.Settings;
        if (row[0] == "t" && (await context.QueryLinkAsync(TemporaryObjectsSql, cancellation).ConfigureAwait(false))[0][0] == "t")
            pins |= PinReasons.TemporaryObjects;
        pins |= (row[1] == "t" ? PinReasons.Listens : PinReasons.None) | (row[2] == "t" ? PinReasons.HeldCursors : PinReasons.None)
            | (row[4] == "t" ? PinReasons.AdvisoryLocks : PinReasons.None) | (row[5] == "t" ? PinReasons.Sequences : PinReasons.None);
        var statements = new HashSet<string>();
        if (row[3] is { } prepared)
        {
            using var all = JsonDocument.Parse(prepared);
            foreach (var statement in all.RootElement.EnumerateObject())
            {
                if (statement.Value.GetBoolean())
                    pins |= PinReasons.PreparedStatements;
                else
                    statements.Add(statement.Name);
            }
        }

        return new LinkFindings(pins, own, statements);
    }
}
