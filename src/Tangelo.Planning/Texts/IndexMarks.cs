using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Texts;

/// <summary>Cuts texts in which a mark stands for the index of the shard.</summary>
internal static class IndexMarks
{
    /// <param name="text">The text.</param>
    /// <param name="mark">Not in the text otherwise.</param>
    /// <param name="before">What comes before each index.</param>
    internal static IEnumerable<ShardQueryPart> Cut(string text, string mark, string before = "")
    {
        var pieces = text.Split(mark);
        foreach (var piece in pieces[..^1])
        {
            yield return new TextPart(piece + before);
            yield return new ShardIndexPart();
        }

        yield return new TextPart(pieces[^1]);
    }
}
