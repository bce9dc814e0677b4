using System.Text;
using System.Text.RegularExpressions;

namespace Tangelo.Compat.Tests.Scripts;

/// <summary>
/// Splits a script into steps. Comments at the start of a line that begin with a word known here steer the run (see the
/// README beside the cases); all other comments are free text.
/// </summary>
internal sealed partial class ScriptParser
{
    private readonly string _text;
    private readonly List<ScriptStep> _steps = [];
    private StepOptions _options = StepOptions.None;
    private int _at;

    private ScriptParser(string text) => _text = text.ReplaceLineEndings("\n");

    /// <exception cref="FormatException">A statement or block has no end, or a comment misuses a steering word.</exception>
    public static IReadOnlyList<ScriptStep> Parse(string text)
    {
        var parser = new ScriptParser(text);
        parser.Run();
        return parser._steps;
    }

    private int Line => 1 + _text.AsSpan(0, _at).Count('\n');

    private void Run()
    {
        while (SkipBlank())
        {
            if (!_text.AsSpan(_at).StartsWith("--"))
                _steps.Add(Single());
            else
                Comment(RestOfLine());
        }
        if (!ReferenceEquals(_options, StepOptions.None))
            throw new FormatException("the script ends with a steering comment");
    }

    private bool SkipBlank()
    {
        while (_at < _text.Length && char.IsWhiteSpace(_text[_at]))
            _at++;
        return _at < _text.Length;
    }

    private string RestOfLine()
    {
        var end = _text.IndexOf('\n', _at);
        var line = end < 0 ? _text[_at..] : _text[_at..end];
        _at = end < 0 ? _text.Length : end + 1;
        return line;
    }

    private void Comment(string line)
    {
        var match = Directive().Match(line);
        if (!match.Success)
            return;
        var value = match.Groups["value"].Value.Trim();
        var lineNumber = Line - 1;
        switch (match.Groups["word"].Value)
        {
            case "cluster": _steps.Add(new OneSided(lineNumber, true, value)); break;
            case "plain": _steps.Add(new OneSided(lineNumber, false, value)); break;
            case "session": _steps.Add(new UseSession(lineNumber, value)); break;
            case "ordered": _options = _options with { Ordered = true }; break;
            case "unordered": _options = _options with { Ordered = false }; break;
            case "ignore":
                _options = _options with { Ignored = value.Split(',', StringSplitOptions.TrimEntries).ToHashSet() };
                break;
            case "differs": Differs(value); break;
            case "simple only": _options = _options with { Only = ProtocolMode.Simple }; break;
            case "extended only": _options = _options with { Only = ProtocolMode.Extended }; break;
            case "max rows": _options = _options with { MaxRows = int.Parse(value) }; break;
            case "params":
                var values = value.Split('|', StringSplitOptions.TrimEntries).Select(v => v == @"\N" ? null : v).ToList();
                _options = _options with { Parameters = [.. _options.Parameters, values] };
                break;
            case "copies back": _options = _options with { CopiesBack = true }; break;
            case "batch": _steps.Add(new Batch(lineNumber, Block("-- end batch"), Taken())); break;
            case "pipeline": _steps.Add(new Pipeline(lineNumber, Statements(Block("-- end pipeline")), Taken())); break;
            default: throw new FormatException($"line {lineNumber}: {line}");
        }
    }

    private void Differs(string value)
    {
        var match = Reason().Match(value);
        if (!match.Success)
            throw new FormatException($"line {Line}: 'differs' needs a reason");
        _options = _options with
        {
            Differs = match.Groups["reason"].Value,
            ClusterSqlState = match.Groups["state"].Success ? match.Groups["state"].Value : null,
        };
    }

    private StepOptions Taken()
    {
        var taken = _options;
        _options = StepOptions.None;
        return taken;
    }

    private SingleStatement Single()
    {
        var line = Line;
        var end = SqlText.EndOfStatement(_text, _at);
        if (end < 0)
            throw new FormatException($"line {line}: the statement has no end");
        var sql = _text[_at..(end - 1)];
        _at = end;
        byte[]? data = null;
        if (SqlText.IsCopyFromStdin(sql) && !_options.CopiesBack)
        {
            RestOfLine();
            var block = Block(@"\.");
            data = Encoding.UTF8.GetBytes(block);
        }
        return new SingleStatement(line, sql, Taken(), data);
    }

    private string Block(string end)
    {
        var start = Line;
        var lines = new StringBuilder();
        while (_at < _text.Length)
        {
            var line = RestOfLine();
            if (line == end)
                return lines.ToString();
            lines.Append(line).Append('\n');
        }
        throw new FormatException($"line {start}: no '{end}'");
    }

    private static List<string> Statements(string block)
    {
        var statements = new List<string>();
        for (var at = 0; at < block.Length;)
        {
            var end = SqlText.EndOfStatement(block, at);
            if (end < 0)
                break;
            statements.Add(block[at..(end - 1)].Trim());
            at = end;
        }
        return statements;
    }

    [GeneratedRegex(@"^-- (?<word>cluster|plain|session|ignore|differs|max rows|params)\s*:(?<value>.*)$|^-- (?<word>ordered|unordered|simple only|extended only|copies back|batch|pipeline)$")]
    private static partial Regex Directive();

    [GeneratedRegex(@"^(\[(?<state>[0-9A-Z]{5})\]\s*)?(?<reason>\S.*)$")]
    private static partial Regex Reason();
}
