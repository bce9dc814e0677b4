using System.Text;
using Tangelo.Core;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Routines;

namespace Tangelo.Planning.Calls;

/// <summary>A statement of a function's body, or SELECT of an expression in it.</summary>
/// <param name="Parsed">The statement.</param>
/// <param name="Shift">What is added to a place in its text to get the place in the SQL function's body, or in the query of PL/pgSQL.</param>
internal sealed record BodyStatement(ParsedStatement Parsed, int Shift)
{
    /// <summary>The statements of a SQL function; null when they cannot be parsed.</summary>
    internal static List<BodyStatement>? OfSql(string body) =>
        Parse(Encoding.UTF8.GetBytes(body)) is { } statements ? statements.ConvertAll(s => new BodyStatement(s, s.Offset)) : null;

    /// <summary>The statements of a PL/pgSQL function, one for each of its queries; null when one cannot be parsed.</summary>
    internal static List<BodyStatement>? OfPlpgsql(PlpgsqlBody body)
    {
        var statements = new List<BodyStatement>();
        foreach (var query in body.Queries)
        {
            var prefix = query.Kind is PlpgsqlQueryKind.Assignment or PlpgsqlQueryKind.Expression ? "SELECT "u8 : [];
            if (Parse([.. prefix, .. Encoding.UTF8.GetBytes(query.Text).AsSpan(query.Start)]) is not [var only])
                return null;
            statements.Add(new BodyStatement(only, only.Offset + query.Start - prefix.Length));
        }

        return statements;
    }

    private static List<ParsedStatement>? Parse(ReadOnlySpan<byte> text)
    {
        try
        {
            return [.. SqlParser.Parse(text)];
        }
        catch (PgException)
        {
            return null;
        }
    }
}
