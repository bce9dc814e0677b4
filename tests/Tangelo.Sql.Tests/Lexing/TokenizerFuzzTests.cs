using System.Text;
using System.Text.RegularExpressions;
using PgQuery;
using Tangelo.Sql.Lexing;

namespace Tangelo.Sql.Tests.Lexing;

public sealed partial class TokenizerFuzzTests
{
    private static readonly string[] Pieces =
    [
        "SELECT", "select", " ", " ", "\n", "\t", "\r\n", "\f", "'a'", "'it''s'", "''", "'a\\'", "'é'", "E'a\\'b'", "e'\\\\'", "b'01'", "X'1F'", "u&'d\\0061'", "U&\"n\"", "UESCAPE",
        "N'x'", "n", "'!'", "$$a'b$$", "$t$ $$ x $a$ $t$", "$x$", "$1", "$12", "1", "42", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808",
        "0000000000000000000001", "1.5", ".5", "5.", "1e10", "1.5E-3", "1e", "1..10", "..", ".", "a", "_b", "\"q\"", "\"q\"\"r\"", "ü", "日本", "--c\n", "-- c 'x'\n", "/* c */", "/* /* n */ ' */",
        "/*", "*/", "+", "-", "*", "/", "<", ">", "=", "<>", "!=", "<=", ">=", "=>", "::", ":=", ":", "@-", "||", "|/", "%", "^", "#", "&", "~", "!", "?", "(", ")", "[", "]", ",", ";",
        "\\", "'", "\"", "$", "E'", "1a", "$1a", "a$b", "a.b", "\u00a0", "\v", "'x'\n'y'", "'x' -- c\n 'y'", "'x' /* c */\n'y'", "e'x'\n'y\\''",
    ];

    [Fact]
    public void Literals_and_names_are_where_PostgreSQLs_lexer_finds_them()
    {
        var random = new Random(20240611);
        var accepted = 0;
        for (var i = 0; i < 200_000; i++)
        {
            var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => Pieces[random.Next(Pieces.Length)])));
            accepted += Compare(text) ? 1 : 0;
        }

        Assert.True(accepted > 40_000, $"only {accepted} texts were accepted");
    }

    [Fact]
    public void Random_bytes_are_read_as_PostgreSQLs_lexer_reads_them()
    {
        var random = new Random(7);
        var alphabet = "aeEnNuUbxX19.'\"$&\\-/*+ \n\r\t;:,()[]<>=?é"u8.ToArray();
        for (var i = 0; i < 300_000; i++)
        {
            var text = Enumerable.Range(0, random.Next(1, 14)).Select(_ => alphabet[random.Next(alphabet.Length - 1)]).Where(b => b < 0x80).ToArray();
            Compare(text);
        }
    }

    // libpg_query's lexer returns comments as tokens and so does not join strings over them, as PostgreSQL does.
    [GeneratedRegex(@"'(\s|\\n)*--")]
    private static partial Regex CommentBetweenPieces();

    private static bool Compare(byte[] text)
    {
        var shown = Encoding.UTF8.GetString(text).Replace("\n", "\\n", StringComparison.Ordinal);
        if (CommentBetweenPieces().IsMatch(shown))
            return false;
        var native = NativeScan.Tokens(text);
        var ours = Literals(text);

        // Empty "" and bad escapes inside strings are left to the parser, so only we may accept.
        if (native is null)
            return false;
        if (ours is null)
        {
            // The native scan returns characters that its grammar refuses, and does not know that a statement cannot have them.
            Assert.True(native.Tokens.Any(t => t.Token == Token.Ascii92 || (t.End - t.Start == 1 && text[t.Start] is (byte)'$' or (byte)'\v')), $"refused: {shown}");
            return false;
        }

        Assert.True(NativeLiterals(native, text).SequenceEqual(ours), $"differs: {shown}\n{string.Join(',', ours)}\n{string.Join(',', NativeLiterals(native, text))}");
        return true;
    }

    private static List<(int Start, int End, string Kind)>? Literals(byte[] text)
    {
        var found = new List<(int, int, string)>();
        var tokenizer = new Tokenizer(text);
        while (tokenizer.Next())
        {
            var kind = tokenizer.Kind switch
            {
                TokenKind.Integer or TokenKind.Decimal => "number",
                TokenKind.String or TokenKind.OtherString => "string",
                TokenKind.QuotedName or TokenKind.UnicodeName or TokenKind.Word => "name",
                TokenKind.Parameter => "parameter",
                _ => null,
            };
            if (kind is not null)
                found.Add((tokenizer.Start, EndOf(text, tokenizer.Start, tokenizer.End), kind));
        }

        return tokenizer.Kind == TokenKind.Invalid ? null : found;
    }

    private static List<(int Start, int End, string Kind)> NativeLiterals(ScanResult result, byte[] text)
    {
        var found = new List<(int, int, string)>();
        foreach (var token in result.Tokens)
        {
            var kind = token.Token switch
            {
                Token.Fconst or Token.Iconst => "number",
                Token.Sconst or Token.Usconst or Token.Bconst or Token.Xconst => "string",
                Token.Ident or Token.Uident => "name",
                Token.Param => "parameter",
                Token.CComment or Token.SqlComment => null,
                _ when token.KeywordKind != KeywordKind.NoKeyword && !(token.End - token.Start == 1 && text[token.Start] is (byte)'n' or (byte)'N' && text.Length > token.End && text[token.End] == '\'') => "name",
                _ => null,
            };
            if (kind is not null)
                found.Add((token.Start, EndOf(text, token.Start, token.End), kind));
        }

        return found;
    }

    // pg_query_scan does not know where a string or name with U& ends.
    private static int EndOf(byte[] text, int start, int end) =>
        (text[start] | 0x20) == 'u' && start + 2 < text.Length && text[start + 1] == '&' && text[start + 2] is (byte)'\'' or (byte)'"' ? -1 : end;
}
