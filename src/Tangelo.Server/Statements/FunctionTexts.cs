using System.Collections.Frozen;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.Statements;

/// <summary>
/// What the functions of a database have in their texts that nothing tells of when it runs: COPY table TO, LOCK TABLE and SET CONSTRAINTS. Nearly always there is none.
/// </summary>
/// <param name="Version">Of the schema.</param>
/// <param name="Copies">COPY ... TO.</param>
/// <param name="Locks">LOCK TABLE.</param>
/// <param name="SetsConstraints">SET CONSTRAINTS.</param>
/// <param name="Steady">Names of functions that are STABLE or IMMUTABLE, all of that name: they write nothing. Without PostgreSQL's own.</param>
internal sealed record FunctionTexts(long Version, bool Copies, bool Locks, bool SetsConstraints, FrozenSet<string> Steady)
{
    private const string Sql =
        """
        SELECT coalesce(pg_catalog.bool_or(prosrc ~* '\mcopy\M.*\mto\M'), false), coalesce(pg_catalog.bool_or(prosrc ~* '\mlock\s+["\w]'), false),
            coalesce(pg_catalog.bool_or(prosrc ~* '\mset\s+constraints\M'), false),
            ARRAY(SELECT proname::text FROM pg_catalog.pg_proc WHERE oid >= 16384 GROUP BY 1 HAVING pg_catalog.bool_and(provolatile <> 'v'))
        FROM pg_catalog.pg_proc WHERE oid >= 16384 AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
        """;

    public static FunctionTexts Unknown { get; } = new(-1, false, false, false, []);

    /// <summary>Those of now. Not over a session's link, which may be in the middle of a batch: what the transaction itself has made is not seen.</summary>
    public static async ValueTask<FunctionTexts> OfAsync(DatabaseState database, CancellationToken cancellation)
    {
        var version = database.SchemaVersion;
        if (database.FunctionTexts.Version == version)
            return database.FunctionTexts;
        await using var command = database.Coordinator.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await reader.ReadAsync(cancellation).ConfigureAwait(false);
        return database.FunctionTexts = new FunctionTexts(version, reader.GetBoolean(0), reader.GetBoolean(1), reader.GetBoolean(2), reader.GetFieldValue<string[]>(3).ToFrozenSet());
    }
}
