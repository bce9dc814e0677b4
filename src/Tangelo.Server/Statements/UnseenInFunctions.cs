using System.Text.RegularExpressions;
using PgQuery;
using Tangelo.Core;
using Tangelo.Server.Sessions;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Statements;

/// <summary>
/// Statements that PostgreSQL runs inside of functions without asking anything of Tangelo's: COPY table TO reads the coordinator's empty table there, and SET CONSTRAINTS reaches the
/// coordinator's constraints only. So they are refused where a text shows them: in DO, and in functions that a statement calls, or that those call.
/// </summary>
internal sealed partial class UnseenInFunctions(SessionContext context)
{
    private const string TextsSql =
        """
        WITH RECURSIVE called(source) AS (
            SELECT prosrc FROM pg_catalog.pg_proc WHERE proname = ANY ($1::pg_catalog.name[]) AND pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
            UNION SELECT p.prosrc FROM called JOIN pg_catalog.pg_proc p ON p.proname = ANY (pg_catalog.tangelo_called_names(called.source))
                AND p.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace)
        SELECT source FROM called WHERE source ~* E'\\mcopy\\M.*\\mto\\M|\\mset\\s+constraints\\M'
        """;

    // Constraint triggers fire on the coordinator: those are left out.
    private const string DeferrableSql =
        """
        SELECT conname FROM pg_catalog.pg_constraint JOIN pg_catalog.pg_dist_partition ON logicalrelid = conrelid
        WHERE condeferrable AND contype <> 't' AND ($1 OR conname = ANY ($2::pg_catalog.name[])) LIMIT 1
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
            await CheckAsync(body, cancellation).ConfigureAwait(false);
        else if (statement.Tree.NodeCase != Node.NodeOneofCase.CallStmt && calls.Count == 0)
            return;
        if (await FunctionTexts.OfAsync(context.Database, cancellation).ConfigureAwait(false) is { Copies: false, SetsConstraints: false })
            return;
        string[] names = body is null ? [.. calls] : [.. Called().Matches(body).Select(m => m.Groups[1].Value.Trim('"'))];
        await using var command = context.Database.Coordinator.CreateCommand(TextsSql);
        command.Parameters.Add(new() { Value = names });
        var texts = new List<string>();
        await using (var reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                texts.Add(reader.GetString(0));
        }

        foreach (var text in texts)
            await CheckAsync(text, cancellation).ConfigureAwait(false);
    }

    [GeneratedRegex("""\bcopy\s+(?:(?:"[^"]+"|\w+)\s*\.\s*)?("[^"]+"|\w+)\s*(?:\([^()]*\)\s*)?to\b""", RegexOptions.IgnoreCase)]
    private static partial Regex Copied();

    [GeneratedRegex("""("[^"]+"|\w+)\s*\(""")]
    private static partial Regex Called();

    [GeneratedRegex("""\bset\s+constraints\s+([^;']+?)\s+(?:deferred|immediate)\b""", RegexOptions.IgnoreCase)]
    private static partial Regex SetConstraints();

    private async ValueTask CheckAsync(string text, CancellationToken cancellation)
    {
        CheckCopies(text);
        foreach (Match set in SetConstraints().Matches(text))
        {
            var names = set.Groups[1].Value.Split(',').Select(n => n.Trim()).Select(n => n is [.., '"'] ? n[(n.LastIndexOf('"', n.Length - 2) + 1)..^1] : n[(n.LastIndexOf('.') + 1)..].ToLowerInvariant()).ToArray();
            await using var command = context.Database.Coordinator.CreateCommand(DeferrableSql);
            command.Parameters.Add(new() { Value = names is ["all"] });
            command.Parameters.Add(new() { Value = names });
            if (await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is string constraint)
            {
                throw new PgException(
                    SqlState.FeatureNotSupported, $"SET CONSTRAINTS cannot run inside of a function where it concerns constraint \"{constraint}\" of a distributed table",
                    hint: "Send it from the client, before the call.");
            }
        }
    }

    private void CheckCopies(string text)
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
}
