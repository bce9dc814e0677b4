namespace Tangelo.Sql.Lexing;

/// <summary>
/// PostgreSQL 15's lexical rules (standard_conforming_strings = on) over UTF-8 text, without allocation. Whitespace and comments
/// are skipped. After <see cref="TokenKind.Invalid"/> the rest of the text has no meaning.
/// </summary>
internal ref struct Tokenizer
{
    private readonly ReadOnlySpan<byte> _text;
    private int _position;

    internal Tokenizer(ReadOnlySpan<byte> text, int position = 0)
    {
        var end = text.IndexOf((byte)0);
        _text = end < 0 ? text : text[..end];
        _position = position;
    }

    internal TokenKind Kind { get; private set; }

    /// <summary>Where the token starts, in bytes.</summary>
    internal int Start { get; private set; }

    /// <summary>Where the token ends, in bytes.</summary>
    internal readonly int End => _position;

    internal readonly ReadOnlySpan<byte> Token => _text[Start.._position];

    /// <summary>Moves to the next token; false at the end of the text and at what is not a token.</summary>
    internal bool Next()
    {
        if (!SkipSpace())
        {
            Start = _position;
            Kind = TokenKind.Invalid;
            return false;
        }

        Start = _position;
        Kind = _position < _text.Length ? Read() : TokenKind.End;
        return Kind is not (TokenKind.End or TokenKind.Invalid);
    }

    internal readonly bool IsWord(ReadOnlySpan<byte> lowerCase) =>
        Kind == TokenKind.Word && System.Text.Ascii.EqualsIgnoreCase(Token, lowerCase);

    private TokenKind Read()
    {
        var first = _text[_position];
        var kinds = CharClass.Classes[first];
        if ((kinds & CharClass.WordStart) != 0)
            return ReadWord(first);
        if ((kinds & CharClass.Digit) != 0)
            return ReadNumber();
        if ((kinds & CharClass.Op) != 0)
            return ReadOperator();
        switch (first)
        {
            case (byte)'\'':
                return ReadString();
            case (byte)'"':
                return ReadQuoted((byte)'"', 1) ? TokenKind.QuotedName : TokenKind.Invalid;
            case (byte)'.' when Is(_position + 1, CharClass.Digit):
                return ReadNumber();
            case (byte)'.':
                _position += Peek(1) == '.' ? 2 : 1;
                return TokenKind.Punctuation;
            case (byte)':':
                _position += Peek(1) is (byte)':' or (byte)'=' ? 2 : 1;
                return TokenKind.Punctuation;
            case (byte)';':
                _position++;
                return TokenKind.Semicolon;
            case (byte)',' or (byte)'(' or (byte)')' or (byte)'[' or (byte)']':
                _position++;
                return TokenKind.Punctuation;
            case (byte)'$':
                return ReadDollar();
            default:
                return TokenKind.Invalid;
        }
    }

    private TokenKind ReadWord(byte first)
    {
        switch (first | 0x20)
        {
            case 'e' when Peek(1) == '\'':
                return ReadEscapeString();
            case 'b' or 'x' when Peek(1) == '\'':
                return ReadBitString() ? TokenKind.OtherString : TokenKind.Invalid;
            case 'n' when Peek(1) == '\'':
                _position++;
                return TokenKind.NationalPrefix;
            case 'u' when Peek(1) == '&' && Peek(2) == '\'':
                return ReadQuoted((byte)'\'', 3) && ContinueString() ? TokenKind.OtherString : TokenKind.Invalid;
            case 'u' when Peek(1) == '&' && Peek(2) == '"':
                return ReadQuoted((byte)'"', 3) ? TokenKind.UnicodeName : TokenKind.Invalid;
        }

        var end = _position + 1;
        while (end < _text.Length && CharClass.Is(_text[end], CharClass.WordPart))
            end++;
        _position = end;
        return TokenKind.Word;
    }

    private TokenKind ReadNumber()
    {
        var end = SkipDigits(_position);
        var kind = TokenKind.Integer;

        // Two points after an integer are an operator of their own: 1..10
        if (end < _text.Length && _text[end] == '.' && !(end + 1 < _text.Length && _text[end + 1] == '.' && end > _position))
        {
            kind = TokenKind.Decimal;
            end = SkipDigits(end + 1);
        }

        if (end < _text.Length && (_text[end] | 0x20) == 'e')
        {
            var exponent = end + 1;
            if (exponent < _text.Length && _text[exponent] is (byte)'+' or (byte)'-')
                exponent++;
            if (!Is(exponent, CharClass.Digit))
                return TokenKind.Invalid;
            kind = TokenKind.Decimal;
            end = SkipDigits(exponent);
        }

        _position = end;
        return Is(end, CharClass.WordStart) ? TokenKind.Invalid : kind;
    }

    private TokenKind ReadOperator()
    {
        var end = _position + 1;
        while (Is(end, CharClass.Op) && !StartsComment(end))
            end++;
        _position = end;
        return TokenKind.Operator;
    }

    private TokenKind ReadDollar()
    {
        if (Is(_position + 1, CharClass.Digit))
        {
            _position = SkipDigits(_position + 1);
            return Is(_position, CharClass.WordStart) ? TokenKind.Invalid : TokenKind.Parameter;
        }

        var tagEnd = _position + 1;
        while (Is(tagEnd, CharClass.DollarTagPart))
            tagEnd++;
        if (tagEnd >= _text.Length || _text[tagEnd] != '$')
            return TokenKind.Invalid;
        var tag = _text[_position..(tagEnd + 1)];
        var close = _text[(tagEnd + 1)..].IndexOf(tag);
        if (close < 0)
            return TokenKind.Invalid;
        _position = tagEnd + 1 + close + tag.Length;
        return TokenKind.OtherString;
    }

    private TokenKind ReadString()
    {
        if (!ReadQuoted((byte)'\'', 1))
            return TokenKind.Invalid;
        var end = _position;
        return !ContinueString() ? TokenKind.Invalid : _position == end ? TokenKind.String : TokenKind.OtherString;
    }

    // A doubled quote means nothing here: it ends this string and starts another.
    private bool ReadBitString()
    {
        for (var start = _position + 2; ; start++)
        {
            var length = start < _text.Length ? _text[start..].IndexOf((byte)'\'') : -1;
            if (length < 0)
                return false;
            _position = start + length + 1;
            start = NextPiece();
            if (start < 0)
                return true;
        }
    }

    private TokenKind ReadEscapeString()
    {
        var i = _position + 2;
        while (i < _text.Length)
        {
            if (_text[i] == '\\')
            {
                i += 2;
            }
            else if (_text[i] != '\'')
            {
                i++;
            }
            else if (i + 1 < _text.Length && _text[i + 1] == '\'')
            {
                i += 2;
            }
            else
            {
                _position = i + 1;
                if (NextPiece() is not (>= 0 and var next))
                    return TokenKind.OtherString;
                i = next + 1;
            }
        }

        return TokenKind.Invalid;
    }

    // Strings separated by whitespace with a newline are one string.
    private bool ContinueString()
    {
        while (NextPiece() is >= 0 and var next)
        {
            _position = next;
            if (!ReadQuoted((byte)'\'', 1))
                return false;
        }

        return true;
    }

    // Where the quote of the next piece of a string stands, or -1. Only -- comments may stand between two pieces.
    private readonly int NextPiece()
    {
        var newline = false;
        for (var i = _position; i < _text.Length; i++)
        {
            var b = _text[i];
            if (b == '\'')
                return newline ? i : -1;
            if (b == '-' && i + 1 < _text.Length && _text[i + 1] == '-')
            {
                var length = _text[i..].IndexOfAny((byte)'\n', (byte)'\r');
                if (length < 0)
                    return -1;
                i += length;
                newline = true;
            }
            else if (b is (byte)'\n' or (byte)'\r')
            {
                newline = true;
            }
            else if (!CharClass.Is(b, CharClass.Space))
            {
                return -1;
            }
        }

        return -1;
    }

    // Reads up to the closing quote; a doubled quote stands for itself.
    private bool ReadQuoted(byte quote, int prefix)
    {
        var i = _position + prefix;
        while (true)
        {
            var length = i < _text.Length ? _text[i..].IndexOf(quote) : -1;
            if (length < 0)
                return false;
            i += length + 1;
            if (i >= _text.Length || _text[i] != quote)
                break;
            i++;
        }

        _position = i;
        return true;
    }

    // False when a comment does not end.
    private bool SkipSpace()
    {
        while (_position < _text.Length)
        {
            var b = _text[_position];
            if (CharClass.Is(b, CharClass.Space))
            {
                _position++;
            }
            else if (b == '-' && Peek(1) == '-')
            {
                var length = _text[_position..].IndexOfAny((byte)'\n', (byte)'\r');
                _position = length < 0 ? _text.Length : _position + length;
            }
            else if (b == '/' && Peek(1) == '*')
            {
                if (!SkipBlockComment())
                    return false;
            }
            else
            {
                break;
            }
        }

        return true;
    }

    private bool SkipBlockComment()
    {
        var depth = 0;
        for (var i = _position; i + 1 < _text.Length; i++)
        {
            if (_text[i] == '/' && _text[i + 1] == '*')
            {
                depth++;
                i++;
            }
            else if (_text[i] == '*' && _text[i + 1] == '/')
            {
                i++;
                if (--depth > 0)
                    continue;
                _position = i + 1;
                return true;
            }
        }

        return false;
    }

    private readonly bool StartsComment(int at) =>
        at + 1 < _text.Length
        && ((_text[at] == '-' && _text[at + 1] == '-') || (_text[at] == '/' && _text[at + 1] == '*'));

    private readonly int SkipDigits(int at)
    {
        while (Is(at, CharClass.Digit))
            at++;
        return at;
    }

    private readonly bool Is(int at, byte set) => at < _text.Length && CharClass.Is(_text[at], set);

    private readonly byte Peek(int ahead) => _position + ahead < _text.Length ? _text[_position + ahead] : (byte)0;
}
