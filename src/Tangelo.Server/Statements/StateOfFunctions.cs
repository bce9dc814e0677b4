using System.Collections.Immutable;
using Npgsql;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.Statements;

/// <summary>What users' functions and views of a database, by their texts, leave in the session that uses them. Read only where links are lent.</summary>
/// <param name="Version">Of the schema.</param>
/// <param name="ReadsSequences">currval or lastval, also as the default of a column, or in what any client has asked.</param>
/// <param name="HidesState">Something that a backend cannot be asked for afterwards.</param>
/// <param name="LocksSession">They may take advisory locks of the session.</param>
/// <param name="SettingNames">The settings with a dot that they set.</param>
internal sealed record StateOfFunctions(long Version, bool ReadsSequences, bool HidesState, bool LocksSession, ImmutableArray<string> SettingNames)
{
    private const string Noted = " OR EXISTS (SELECT FROM pg_catalog.tangelo_sequence_reads)";

    // The text of a view would be had only while nobody locks its tables: what it calls stands in its tree.
    private static string SqlFor(string noted) =>
        $"""
        WITH texts(source) AS (
            SELECT coalesce(pg_catalog.pg_get_function_sqlbody(oid), prosrc) FROM pg_catalog.pg_proc
            WHERE oid >= 16384 AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
            UNION ALL SELECT 'set ' || pg_catalog.split_part(c, '=', 1) FROM pg_catalog.pg_proc, pg_catalog.unnest(proconfig) AS c
            WHERE oid >= 16384 AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace),
        locking(oid) AS (
            SELECT oid FROM pg_catalog.pg_proc WHERE proname ~ '^pg(_try)?_advisory_lock' AND pronamespace = 'pg_catalog'::pg_catalog.regnamespace)
        SELECT EXISTS (SELECT FROM texts WHERE source ~* '\m(currval|lastval)\M')
                OR EXISTS (SELECT FROM pg_catalog.pg_rewrite WHERE ev_class >= 16384 AND ev_action::text ~ pg_catalog.format(
                    ':funcid (%s|%s)\M', 'pg_catalog.currval(regclass)'::pg_catalog.regprocedure::oid, 'pg_catalog.lastval()'::pg_catalog.regprocedure::oid))
                OR EXISTS (SELECT FROM pg_catalog.pg_attrdef WHERE pg_catalog.pg_get_expr(adbin, adrelid) ~* '\m(currval|lastval)\('){noted},
            EXISTS (SELECT FROM texts WHERE source ~* '\m(setseed|setval)\M|set_config\s*\(\s*[^''\s]|\mexecute\M[^;]*''\s*set\M'),
            EXISTS (SELECT FROM texts WHERE source ~* 'advisory|\mexecute\M|query_to_xml')
                OR EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
                    WHERE p.oid >= 16384 AND l.lanname NOT IN ('c', 'internal', 'sql', 'plpgsql'))
                OR EXISTS (
                    SELECT FROM (SELECT ev_action::text FROM pg_catalog.pg_rewrite WHERE ev_class >= 16384 UNION ALL SELECT adbin::text FROM pg_catalog.pg_attrdef
                        UNION ALL SELECT conbin::text FROM pg_catalog.pg_constraint WHERE conbin IS NOT NULL
                        UNION ALL SELECT pg_catalog.concat(polqual, polwithcheck) FROM pg_catalog.pg_policy) AS trees (tree)
                    WHERE tree ~ (SELECT ':funcid (' || pg_catalog.string_agg(oid::text, '|') || ')\M' FROM locking))
                OR EXISTS (SELECT FROM pg_catalog.pg_operator o, locking l WHERE o.oprcode = l.oid) OR EXISTS (SELECT FROM pg_catalog.pg_cast c, locking l WHERE c.castfunc = l.oid),
            ARRAY(SELECT DISTINCT pg_catalog.lower(pg_catalog.replace(m[1], '"', '')) FROM texts, pg_catalog.regexp_matches(
                source, '(?:set_config\s*\(\s*''|\mset\s+(?:local\s+|session\s+)?)("?\w+"?(?:\."?\w+"?)+)', 'gi') AS m)
        """;

    public static StateOfFunctions Unknown { get; } = new(-1, false, false, false, []);

    private static StateOfFunctions Unseen { get; } = new(-1, true, true, true, []);

    /// <summary>That of now. What the open transaction has made itself is not seen.</summary>
    public static async ValueTask<StateOfFunctions> OfAsync(DatabaseState database, CancellationToken cancellation)
    {
        var version = database.SchemaVersion;
        if (database.StateOfFunctions.Version == version)
            return database.StateOfFunctions;

        // After a schema change all sessions want to know it at once.
        await database.AskingStateOfFunctions.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (database.StateOfFunctions.Version == version)
                return database.StateOfFunctions;
            await using var command = database.Coordinator.CreateCommand(SqlFor(database.IsInstalled ? Noted : ""));
            await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            await reader.ReadAsync(cancellation).ConfigureAwait(false);
            return database.StateOfFunctions = new StateOfFunctions(version, reader.GetBoolean(0), reader.GetBoolean(1), reader.GetBoolean(2), [.. reader.GetFieldValue<string[]>(3)]);
        }
        catch (NpgsqlException)
        {
            // Something was dropped while it was looked at, or nobody can look: this time all of it may be there.
            return Unseen;
        }
        finally
        {
            database.AskingStateOfFunctions.Release();
        }
    }
}
