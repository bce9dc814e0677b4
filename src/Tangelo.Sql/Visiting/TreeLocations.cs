using Google.Protobuf;

namespace Tangelo.Sql.Visiting;

/// <summary>The places in the text that a tree carries, and comparing trees without them.</summary>
public static class TreeLocations
{
    private static readonly object Zero = 0;

    /// <summary>Sets every location in <paramref name="root"/> to 0.</summary>
    public static void Clear(IMessage root) => TreeWalker.Visit(root, static message =>
    {
        foreach (var field in MessageShape.Of(message).Locations)
            field.SetValue(message, Zero);
        return true;
    });

    /// <summary>True when the trees differ in nothing but locations.</summary>
    public static bool EqualWithout<T>(T left, T right)
        where T : IMessage<T>
    {
        var first = left.Clone();
        var second = right.Clone();
        Clear(first);
        Clear(second);
        return first.Equals(second);
    }
}
