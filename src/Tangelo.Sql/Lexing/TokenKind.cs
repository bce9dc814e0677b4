namespace Tangelo.Sql.Lexing;

/// <summary>The kinds of tokens of PostgreSQL's lexer, as far as they matter for finding literals and names.</summary>
internal enum TokenKind : byte
{
    /// <summary>The end of the text.</summary>
    End,

    /// <summary>A name or keyword without quotes.</summary>
    Word,

    /// <summary>"name"</summary>
    QuotedName,

    /// <summary>U&amp;"name"</summary>
    UnicodeName,

    /// <summary>Digits only.</summary>
    Integer,

    /// <summary>A number with a point or an exponent.</summary>
    Decimal,

    /// <summary>'text' in one piece, perhaps with doubled quotes, without a prefix.</summary>
    String,

    /// <summary>A string with a prefix (E, B, X, U&amp;), in dollar quotes, or continued on another line.</summary>
    OtherString,

    /// <summary>The N of N'text'; the string follows as a token of its own.</summary>
    NationalPrefix,

    /// <summary>$1</summary>
    Parameter,

    /// <summary>A run of operator characters, which PostgreSQL may still divide (<c>*-</c> is two operators).</summary>
    Operator,

    /// <summary>One of , ( ) [ ] . .. : :: :=</summary>
    Punctuation,

    /// <summary>;</summary>
    Semicolon,

    /// <summary>What PostgreSQL's lexer refuses.</summary>
    Invalid,
}
