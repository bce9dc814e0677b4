using System.Text.RegularExpressions;

namespace Tangelo.Regress.Scripts;

/// <summary>Cuts a psql script into steps at the places where psql sends something: psql's own rules for quotes, comments and parentheses.</summary>
internal sealed partial class ScriptSplitter
{
    private readonly string _text;
    private int _at;
    private bool _backslashesEscape;

    private ScriptSplitter(string text) => _text = text;

    public static List<Step> Split(string text)
    {
        var splitter = new ScriptSplitter(text);
        var steps = new List<Step>();
        while (splitter.Next() is { } step)
            steps.Add(step);
        return steps;
    }

    private Step? Next()
    {
        SkipBlanksAndComments();
        if (_at >= _text.Length)
            return null;
        var start = _at;
        var byMeta = SkipStatement();
        var text = _text[start.._at].TrimEnd();
        if (StringsSetting().Match(text) is { Success: true } setting)
            _backslashesEscape = setting.Groups[1].Value.Equals("off", StringComparison.OrdinalIgnoreCase);
        if (!byMeta)
            SkipRestOfLineIfComment();
        return new Step(text, CopyFromStandardInput().IsMatch(text) ? TakeData() : "");
    }

    private void SkipBlanksAndComments()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(_text[_at]))
                _at++;
            else if (At("--"))
                _at = EndOfLine(_at);
            else if (At("/*"))
                SkipBlockComment();
            else
                return;
        }
    }

    private void SkipRestOfLineIfComment()
    {
        var end = EndOfLine(_at);
        if (CommentOnly().IsMatch(_text[_at..end]))
            _at = end;
    }

    /// <summary>Returns true when a backslash command ended it.</summary>
    private bool SkipStatement()
    {
        var start = _at;
        var parentheses = 0;
        var blocks = 0;
        var words = new List<string>();
        while (_at < _text.Length)
        {
            var c = _text[_at];
            if (c == '\'')
                SkipString(start);
            else if (c == '"')
                SkipPast('"');
            else if (c == '$' && !InWord(start) && DollarQuote().Match(_text, _at) is { Success: true } quote)
                SkipPast(quote.Value);
            else if (At("--"))
                _at = EndOfLine(_at);
            else if (At("/*"))
                SkipBlockComment();
            else if (c == '\\' && At("\\;"))
                _at += 2;
            else if (c == '\\')
            {
                _at = EndOfLine(_at);
                return true;
            }
            else if (c == ';' && parentheses <= 0 && blocks == 0)
            {
                _at++;
                return false;
            }
            else if (char.IsLetter(c) || c == '_')
            {
                var word = TakeWord();
                if (parentheses == 0)
                {
                    if (words.Count < 5)
                        words.Add(word);
                    blocks += BlockChange(word, words, blocks);
                }
            }
            else
            {
                parentheses += c switch { '(' => 1, ')' => -1, _ => 0 };
                _at++;
            }
        }
        return false;
    }

    /// <summary>BEGIN ATOMIC ... END of a function holds semicolons of its own.</summary>
    private static int BlockChange(string word, List<string> words, int blocks)
    {
        var makesRoutine = words[0] == "create" && words.Skip(1).Take(3).Any(w => w is "function" or "procedure");
        return word switch
        {
            _ when !makesRoutine => 0,
            "begin" => 1,
            "case" when blocks > 0 => 1,
            "end" when blocks > 0 => -1,
            _ => 0,
        };
    }

    private string TakeWord()
    {
        var start = _at;
        while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] is '_' or '$'))
            _at++;
        return _text[start.._at].ToLowerInvariant();
    }

    private bool InWord(int start) => _at > start && (char.IsLetterOrDigit(_text[_at - 1]) || _text[_at - 1] == '_');

    private void SkipString(int start)
    {
        var escapes = _backslashesEscape
            || (_at > start && _text[_at - 1] is 'e' or 'E' && (_at - 2 < start || !(char.IsLetterOrDigit(_text[_at - 2]) || _text[_at - 2] == '_')));
        for (_at++; _at < _text.Length; _at++)
        {
            if (escapes && _text[_at] == '\\')
                _at++;
            else if (_text[_at] == '\'')
            {
                _at++;
                return;
            }
        }
    }

    private void SkipPast(char end)
    {
        var found = _text.IndexOf(end, _at + 1);
        _at = found < 0 ? _text.Length : found + 1;
    }

    private void SkipPast(string quote)
    {
        var found = _text.IndexOf(quote, _at + quote.Length, StringComparison.Ordinal);
        _at = found < 0 ? _text.Length : found + quote.Length;
    }

    private void SkipBlockComment()
    {
        var depth = 0;
        do
        {
            var step = At("/*") ? 1 : At("*/") ? -1 : 0;
            depth += step;
            _at += step == 0 ? 1 : 2;
        }
        while (depth > 0 && _at < _text.Length);
    }

    /// <summary>The lines up to the end mark, unless they are statements: then the COPY is one that fails and takes none.</summary>
    private string TakeData()
    {
        var start = Math.Min(EndOfLine(_at) + 1, _text.Length);
        var end = EndOfData().Match(_text, start);
        if (!end.Success || StatementLine().IsMatch(_text[start..end.Index]))
            return "";
        _at = Math.Min(end.Index + end.Length, _text.Length);
        return _text[start..(end.Index + end.Length)].TrimEnd('\n') + "\n";
    }

    private bool At(string word) => string.CompareOrdinal(_text, _at, word, 0, word.Length) == 0;

    private int EndOfLine(int from)
    {
        var found = _text.IndexOf('\n', from);
        return found < 0 ? _text.Length : found;
    }

    [GeneratedRegex(@"\G\$([A-Za-z_\u0080-\uffff][A-Za-z_0-9\u0080-\uffff]*)?\$")]
    private static partial Regex DollarQuote();

    [GeneratedRegex(@"^\s*(--.*)?$")]
    private static partial Regex CommentOnly();

    [GeneratedRegex(@"standard_conforming_strings\s*(?:=|to)\s*'?(on|off)", RegexOptions.IgnoreCase)]
    private static partial Regex StringsSetting();

    [GeneratedRegex(@"^\\?copy\b[^']*\bfrom\s+stdin\b", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex CopyFromStandardInput();

    [GeneratedRegex(@"^\\\.\r?(\n|\z)", RegexOptions.Multiline)]
    private static partial Regex EndOfData();

    [GeneratedRegex(@"^(copy|select|create|insert|drop|alter|begin|set|truncate|delete|update|reset)\s.*$|^--", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex StatementLine();
}
