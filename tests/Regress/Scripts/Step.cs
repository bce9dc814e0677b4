namespace Tangelo.Regress.Scripts;

/// <summary>A piece of a psql script that gives one answer: a statement with its semicolon, or a line with a backslash command.</summary>
/// <param name="Text">As it stands in the file, without comments before it.</param>
/// <param name="Data">The lines of COPY that follow it, with the end mark; empty for most.</param>
internal sealed record Step(string Text, string Data)
{
    public bool IsStatement => Text.Length > 0 && Text[0] != '\\';
}
