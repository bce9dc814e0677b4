namespace Tangelo.Execution.Copy;

/// <summary>Whether the row that is being read goes to the sink in pieces. It is offered when it gets long, and again whenever it has doubled.</summary>
internal sealed class LongRowOffer(int longRowBytes)
{
    // More than an error shows of a row.
    private const int StartBytes = 104;

    private long _due = longRowBytes;

    /// <summary>True while the sink takes the row's pieces.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>How the row begins, as far as it was given away, for errors.</summary>
    public byte[] Start { get; private set; } = [];

    /// <summary>True when a row with so many bytes is to be offered.</summary>
    public bool IsDue(int length)
    {
        if (length < _due)
            return false;
        _due = length * 2L;
        return true;
    }

    public void Take()
    {
        IsTaken = true;
        Start = [];
    }

    /// <summary>A piece of the row was given to the sink.</summary>
    public void Passed(ReadOnlySpan<byte> piece)
    {
        if (Start.Length < StartBytes)
            Start = [.. Start, .. piece[..Math.Min(piece.Length, StartBytes - Start.Length)]];
    }

    /// <summary>The row has ended.</summary>
    public void Reset()
    {
        IsTaken = false;
        _due = longRowBytes;
    }
}
