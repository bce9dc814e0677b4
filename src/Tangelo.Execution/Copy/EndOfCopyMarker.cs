namespace Tangelo.Execution.Copy;

/// <summary>Whether what follows a <c>\.</c> makes it the end of the data.</summary>
internal static class EndOfCopyMarker
{
    /// <param name="after">The bytes after the <c>\.</c>.</param>
    /// <param name="ending">How the lines before it end.</param>
    /// <param name="atEnd">Nothing follows <paramref name="after"/>.</param>
    public static MarkerMatch Check(ReadOnlySpan<byte> after, LineEnding ending, bool atEnd)
    {
        var at = 0;
        if (ending == LineEnding.CarriageReturnNewline)
        {
            if (after.IsEmpty)
                return atEnd ? MarkerMatch.Corrupt : MarkerMatch.NeedMore;
            if (after[0] == '\n')
                return MarkerMatch.BareNewline;
            if (after[0] != '\r')
                return MarkerMatch.Corrupt;
            at = 1;
        }

        if (at == after.Length)
            return atEnd ? MarkerMatch.Corrupt : MarkerMatch.NeedMore;
        if (after[at] is not ((byte)'\r' or (byte)'\n'))
            return MarkerMatch.Corrupt;

        var expected = ending switch
        {
            LineEnding.Unknown => after[at],
            LineEnding.CarriageReturn => (byte)'\r',
            _ => (byte)'\n',
        };
        return after[at] == expected ? MarkerMatch.End : MarkerMatch.WrongLineEnding;
    }
}

/// <summary>What stands after a <c>\.</c>.</summary>
internal enum MarkerMatch
{
    NeedMore,

    /// <summary>The line end that the data has: the end.</summary>
    End,

    /// <summary>No line end.</summary>
    Corrupt,

    /// <summary>Another line end than the data has.</summary>
    WrongLineEnding,

    /// <summary>A newline alone where lines end in carriage return and newline. CSV takes this for data.</summary>
    BareNewline,
}
