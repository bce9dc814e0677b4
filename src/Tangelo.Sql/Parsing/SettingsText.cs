using Tangelo.Sql.Lexing;

namespace Tangelo.Sql.Parsing;

/// <summary>Tells, without parsing it, a text that may lift a limit of its session.</summary>
public static class SettingsText
{
    /// <summary>True for SET, RESET and DISCARD.</summary>
    /// <param name="text">The client's text.</param>
    public static bool ChangesSettings(ReadOnlySpan<byte> text)
    {
        var tokens = new Tokenizer(text);
        return tokens.Next() && (tokens.IsWord("set"u8) || tokens.IsWord("reset"u8) || tokens.IsWord("discard"u8));
    }
}
