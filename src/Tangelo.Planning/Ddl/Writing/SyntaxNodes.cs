using Google.Protobuf;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Writing;

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

    /// <summary>
    /// Columns that are written with the table's name (table.column) lose it: neither a shard nor the foreign child has that name. For
    /// expressions without subqueries only. True when there was one.
    /// </summary>
    public static bool Unqualify(IMessage? expression, DistributedTable table)
    {
        var found = false;
        foreach (var column in All<ColumnRef>(expression))
        {
            var fields = column.Fields;
            if (fields.Count > 2 && IsName(fields[0], table.Schema) && IsName(fields[1], table.Name))
                fields.RemoveAt(0);
            if (fields.Count < 2 || !IsName(fields[0], table.Name))
                continue;
            fields.RemoveAt(0);
            found = true;
        }

        return found;
    }

    /// <summary>The number 0.</summary>
    public static Node Zero => new() { AConst = new A_Const { Ival = new Integer() } };

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

    private static bool IsName(Node field, string name) => field.NodeCase == Node.NodeOneofCase.String && field.String.Sval == name;
}
