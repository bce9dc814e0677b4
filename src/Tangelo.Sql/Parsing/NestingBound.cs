using Tangelo.Core;
using Tangelo.Sql.Lexing;

namespace Tangelo.Sql.Parsing;

/// <summary>
/// Keeps texts whose trees may be too deep for the stack away from libpg_query, which does not check it and would take the process with it.
/// </summary>
internal static class NestingBound
{
    // libpg_query stands some 20,000 levels on a stack of 8 MB. A level takes at least two bytes of text.
    private const int Limit = 8000;
    private const int HarmlessLength = 2 * Limit;

    /// <summary>Throws PostgreSQL's 54001 for a text that may nest too deeply.</summary>
    internal static void Verify(ReadOnlySpan<byte> text)
    {
        if (text.Length > HarmlessLength && Measure(text) > Limit)
            throw Exceeded();
    }

    internal static PgException Exceeded() => new(
        "54001",
        "stack depth limit exceeded",
        hint: "The statement nests more operators or subqueries than Tangelo can analyze. Use lists such as IN (...) or several statements instead.");

    // An upper bound. Commas, AND and OR divide a list into items (PostgreSQL keeps conjunctions flat), and only the deepest item
    // counts, with all of its tokens. Set operations, joins and CASE nest across such items, so they count beyond their own.
    private static int Measure(ReadOnlySpan<byte> text)
    {
        var tokenizer = new Tokenizer(text);
        var outer = new Stack<Level>();
        var level = default(Level);
        var deepest = 0;
        while (tokenizer.Next())
        {
            switch (tokenizer.Kind)
            {
                case TokenKind.Semicolon:
                    deepest = Math.Max(deepest, level.Depth);
                    level = default;
                    outer.Clear();
                    break;
                case TokenKind.Punctuation when tokenizer.Token[0] is (byte)'(' or (byte)'[':
                    outer.Push(level);
                    level = default;
                    break;
                case TokenKind.Punctuation when tokenizer.Token[0] is (byte)')' or (byte)']' && outer.Count > 0:
                    var inner = level.Depth + 1;
                    level = outer.Pop();
                    level.DeepestChild = Math.Max(level.DeepestChild, inner);
                    level.Item++;
                    break;
                case TokenKind.Punctuation when tokenizer.Token[0] == ',':
                    level.EndItem();
                    break;
                case TokenKind.Word when tokenizer.IsWord("and"u8) || tokenizer.IsWord("or"u8):
                    level.EndItem();
                    break;
                case TokenKind.Word when NestsAcrossItems(tokenizer):
                    level.Nested++;
                    break;
                default:
                    level.Item++;
                    break;
            }
        }

        return Math.Max(deepest, level.Depth);
    }

    private static bool NestsAcrossItems(in Tokenizer token) =>
        token.IsWord("union"u8) || token.IsWord("except"u8) || token.IsWord("intersect"u8) || token.IsWord("join"u8) || token.IsWord("case"u8);

    private struct Level
    {
        internal int Item;
        internal int DeepestChild;
        internal int Nested;
        private int _deepestItem;

        internal readonly int Depth => Nested + Math.Max(_deepestItem, Item + DeepestChild);

        internal void EndItem()
        {
            _deepestItem = Math.Max(_deepestItem, Item + DeepestChild);
            Item = 0;
            DeepestChild = 0;
        }
    }
}
