using System.Text.RegularExpressions;
using PgQuery;
using Tangelo.Core;
using Tangelo.Server.Sessions;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Statements;

/// <summary>
/// COPY table TO inside of functions: PostgreSQL reads the coordinator's empty table there, without a word, and nothing of Tangelo's is asked. So it is refused
/// where a text shows it: in DO, and in functions that a statement calls, or that those call.
/// </summary>
internal sealed partial class CopiesInFunctions(SessionContext context)
{
    // Whoever copies to files is seldom a function: nearly always there is none to follow.
    private const string AnySql =
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384 AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace AND prosrc ~* '\\mcopy\\M.*\\mto\\M')";

    private const string TextsSql =
        """
        WITH RECURSIVE called(source) AS (
            SELECT prosrc FROM pg_catalog.pg_proc WHERE proname = ANY ($1::pg_catalog.name[]) AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
            UNION SELECT p.prosrc FROM called JOIN pg_catalog.pg_proc p ON p.proname = ANY (pg_catalog.tangelo_called_names(called.source))
                AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace)
        SELECT source FROM called WHERE source ~* '\mcopy\M.*\mto\M'
        """;

    /// <exception cref="PgException">0A000.</exception>
    public async ValueTask RequireNoneAsync(ParsedStatement statement, IReadOnlyCollection<string> calls, CancellationToken cancellation)
    {
        if (context.Map.Tables.IsEmpty)
            return;
        var body = statement.Tree.NodeCase == Node.NodeOneofCase.DoStmt
            ? statement.Tree.DoStmt.Args.Select(a => a.DefElem).FirstOrDefault(d => d.Defname == "as")?.Arg.String.Sval
            : null;
        if (body is not null)
            Check(body);
        else if (statement.Tree.NodeCase != Node.NodeOneofCase.CallStmt && calls.Count == 0)
            return;
        if (!await AnyAsync(cancellation).ConfigureAwait(false))
            return;
        string[] names = body is null ? [.. calls] : [.. Called().Matches(body).Select(m => m.Groups[1].Value.Trim('"'))];
        await using var command = context.Database.Coordinator.CreateCommand(TextsSql);
        command.Parameters.Add(new() { Value = names });
        await using var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            Check(reader.GetString(0));
    }

    [GeneratedRegex("""\bcopy\s+(?:(?:"[^"]+"|\w+)\s*\.\s*)?("[^"]+"|\w+)\s*(?:\([^()]*\)\s*)?to\b""", RegexOptions.IgnoreCase)]
    private static partial Regex Copied();

    [GeneratedRegex("""("[^"]+"|\w+)\s*\(""")]
    private static partial Regex Called();

    private void Check(string text)
    {
        foreach (Match copy in Copied().Matches(text))
        {
            var name = copy.Groups[1].Value is ['"', .., '"'] quoted ? quoted[1..^1] : copy.Groups[1].Value.ToLowerInvariant();
            if (context.Map.MayBeDistributed(name))
            {
                throw new PgException(
                    SqlState.FeatureNotSupported, $"COPY \"{name}\" TO cannot run inside of a function",
                    "On the coordinator a distributed table has no rows of its own.", $"Try the COPY (SELECT * FROM {copy.Groups[1].Value}) TO variant.");
            }
        }
    }

    // Not over the link, which may be in the middle of a batch: what the transaction itself has made is not seen.
    private async ValueTask<bool> AnyAsync(CancellationToken cancellation)
    {
        var database = context.Database;
        var version = database.SchemaVersion;
        if (database.FunctionsThatCopy.Version == version)
            return database.FunctionsThatCopy.Any;
        await using var command = database.Coordinator.CreateCommand(AnySql);
        var any = await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is true;
        database.FunctionsThatCopy = new(version, any);
        return any;
    }
}

/// <summary>Whether any function of a user's copies tables to files, as of a version of the schema.</summary>
internal sealed record CopyingFunctions(long Version, bool Any);
