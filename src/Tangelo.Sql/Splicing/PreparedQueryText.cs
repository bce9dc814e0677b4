using Tangelo.Sql.Lexing;
using Tangelo.Sql.Parsing;

namespace Tangelo.Sql.Splicing;

/// <summary>The query of <c>PREPARE name (types) AS query</c>, as the client wrote it.</summary>
public static class PreparedQueryText
{
    /// <summary>The query's text, UTF-8; empty when the statement is no PREPARE.</summary>
    public static ReadOnlyMemory<byte> Of(ParsedStatement statement)
    {
        ArgumentNullException.ThrowIfNull(statement);
        if (statement.Tree.PrepareStmt is null)
            return default;

        // AS is reserved, so the first such word outside of the type list begins the query.
        var tokens = new Tokenizer(statement.Text);
        var depth = 0;
        while (tokens.Next())
        {
            if (tokens.Token is [(byte)'('])
                depth++;
            else if (tokens.Token is [(byte)')'])
                depth--;
            else if (depth == 0 && tokens.IsWord("as"u8))
                return statement.Text.AsMemory(tokens.End);
        }

        return default;
    }
}
