namespace Tangelo.Execution.Copy;

/// <summary>What a scan for the end of a row found.</summary>
/// <param name="Content">Length of the row without its line end.</param>
/// <param name="Next">Where the next row begins.</param>
internal readonly record struct RowEnd(RowEndKind Kind, int Content = 0, int Next = 0)
{
    public static readonly RowEnd NeedMore = new(RowEndKind.NeedMore);
}

/// <summary>The ways a row ends.</summary>
internal enum RowEndKind
{
    /// <summary>Not in the bytes at hand.</summary>
    NeedMore,

    /// <summary>By a line end.</summary>
    Line,

    /// <summary>By the end-of-copy marker or the end of the data: the last one, and none at all when it is empty.</summary>
    Final,
}
