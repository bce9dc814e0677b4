namespace Tangelo.Execution.Copy;

/// <summary>How the lines of a COPY end; the first line decides.</summary>
internal enum LineEnding
{
    Unknown,
    Newline,
    CarriageReturn,
    CarriageReturnNewline,
}
