using System.Collections.Immutable;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>What a splitter must know of a COPY FROM.</summary>
/// <param name="TableName">The table as messages name it.</param>
/// <param name="ColumnNames">The columns that the client's rows have, in their order.</param>
/// <param name="KeyIndex">Index of the key in <paramref name="ColumnNames"/>, or -1 when rows carry none.</param>
public sealed record CopyLayout(string TableName, CopyOptions Options, ImmutableArray<string> ColumnNames, int KeyIndex)
{
    /// <summary>A row of text or CSV that is longer is offered to the sink in pieces, once its key is there.</summary>
    public int LongRowBytes { get; init; } = CopyFromSettings.DefaultLongRowBytes;
}
