using System.Text;
using Tangelo.Sql.Lexing;
using Tangelo.Sql.Splicing;

namespace Tangelo.Sql.Routines;

/// <summary>
/// Writes changed queries back into the body of a PL/pgSQL function. The parser does not tell where a query stands, so its text is looked for; the result is
/// parsed again, and every query has to come out as it should.
/// </summary>
public static class PlpgsqlRewriter
{
    /// <summary>The body with its queries changed; null when that cannot be made sure of.</summary>
    /// <param name="definition">Before and after the function's body.</param>
    /// <param name="text">The body.</param>
    /// <param name="body">The same, parsed.</param>
    /// <param name="changes">For each query, its changes; null without any.</param>
    /// <param name="types">Types that are written in another way: as they are, and as they should be.</param>
    public static string? Rewrite(
        (string Head, string Tail) definition, string text, PlpgsqlBody body, IReadOnlyList<TextEdits?> changes, IReadOnlyDictionary<string, string> types)
    {
        ArgumentNullException.ThrowIfNull(body);
        ArgumentNullException.ThrowIfNull(changes);
        ArgumentNullException.ThrowIfNull(types);
        var bytes = Encoding.UTF8.GetBytes(text);
        var edits = new TextEdits();
        var cursor = 0;
        for (var i = 0; i < changes.Count; i++)
        {
            if (changes[i] is not { } change)
                continue;
            var query = body.Queries[i];
            if (Find(bytes, query, cursor) is not (>= 0 and var found) && (found = Find(bytes, query, 0)) < 0)
                return null;
            edits.AddAll(change, found);
            cursor = found + 1;
        }

        foreach (var (written, wanted) in types)
        {
            var searched = Encoding.UTF8.GetBytes(written);
            for (var at = bytes.AsSpan().IndexOf(searched); at >= 0;)
            {
                edits.Replace(at, searched.Length, wanted);
                var next = bytes.AsSpan(at + searched.Length).IndexOf(searched);
                at = next < 0 ? -1 : at + searched.Length + next;
            }
        }

        if (!edits.TryApply(bytes, out var copied))
            return null;
        return PlpgsqlParser.Parse(definition.Head + copied.Sql + definition.Tail) is { } again && IsAsWanted(body, again, changes, types) ? copied.Sql : null;
    }

    private static bool IsAsWanted(PlpgsqlBody body, PlpgsqlBody again, IReadOnlyList<TextEdits?> changes, IReadOnlyDictionary<string, string> types)
    {
        if (again.Queries.Length != body.Queries.Length || again.Variables.Length != body.Variables.Length
            || !again.Statements.SetEquals(body.Statements) || !again.Assigned.SetEquals(body.Assigned))
            return false;
        for (var i = 0; i < body.Queries.Length; i++)
        {
            var wanted = changes[i] is { } change ? change.Apply(Encoding.UTF8.GetBytes(body.Queries[i].Text)).Sql : body.Queries[i].Text;
            if (again.Queries[i] != body.Queries[i] with { Text = wanted })
                return false;
        }

        for (var i = 0; i < body.Variables.Length; i++)
        {
            var type = body.Variables[i].Type.Trim();
            if (again.Variables[i].Name != body.Variables[i].Name || again.Variables[i].Type.Trim() != types.GetValueOrDefault(type, type))
                return false;
        }

        return true;
    }

    // Where the query's text begins, from an offset on; -1 when it is not there.
    private static int Find(ReadOnlySpan<byte> body, PlpgsqlQuery query, int from)
    {
        var text = Encoding.UTF8.GetBytes(query.Text);

        // PERFORM is one letter longer than the SELECT that the parser makes of it.
        var skipped = query.Kind == PlpgsqlQueryKind.Perform ? "SELECT".Length : 0;
        for (var start = from; start + text.Length <= body.Length; start++)
        {
            if (!Matches(body[(start + skipped)..], text.AsSpan(skipped)))
                continue;
            if (skipped == 0 || (start > 0 && Ascii.EqualsIgnoreCase(body.Slice(start - 1, "PERFORM".Length), "PERFORM"u8)))
                return start;
        }

        return -1;
    }

    // Blanks of the query may stand for INTO and its targets.
    private static bool Matches(ReadOnlySpan<byte> body, ReadOnlySpan<byte> query)
    {
        var inTargets = false;
        for (var i = 0; i < query.Length; i++)
        {
            if (body[i] == query[i])
                continue;
            if (query[i] != (byte)' ')
                return false;
            inTargets = inTargets || IsInto(body[i..]);
            if (!inTargets)
                return false;
        }

        return true;
    }

    private static bool IsInto(ReadOnlySpan<byte> text)
    {
        var tokens = new Tokenizer(text);
        return tokens.Next() && tokens.Start == 0 && tokens.IsWord("into"u8);
    }
}
