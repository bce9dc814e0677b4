using Google.Protobuf;
using PgQuery;
using Tangelo.Sql.Visiting;

namespace Tangelo.Planning.Ddl;

/// <summary>Finding and making pieces of syntax trees.</summary>
internal static class SyntaxNodes
{
    /// <summary>Every message of type <typeparamref name="T"/> below and at <paramref name="root"/>.</summary>
    public static List<T> All<T>(IMessage? root)
        where T : class, IMessage
    {
        var found = new List<T>();
        if (root is not null)
            TreeWalker.Visit(root, message =>
            {
                if (message is T match)
                    found.Add(match);
                return true;
            });
        return found;
    }

    public static Node String(string text) => new() { String = new PgQuery.String { Sval = text } };

    /// <summary>The texts of a list of String nodes.</summary>
    public static string[] Strings(IEnumerable<Node> nodes) => [.. nodes.Select(n => n.String.Sval)];

    /// <summary>A relation written as a list of names, as DROP has it.</summary>
    public static RangeVar ToRangeVar(IReadOnlyList<string> names) => new()
    {
        Relname = names[^1],
        Schemaname = names.Count > 1 ? names[^2] : "",
        Inh = true,
        Relpersistence = "p",
    };
}
