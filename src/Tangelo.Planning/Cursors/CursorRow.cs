using System.Text;
using System.Text.RegularExpressions;
using Tangelo.Core;

namespace Tangelo.Planning.Cursors;

/// <summary>
/// The setting in which the coordinator notes the row at which a cursor stands: how many rows the cursor has given so far, the row's ctid over the loopback, and its
/// tableoid. Its name says which cursor it is, of which table, and whether it locks its rows, and stands in the cursor's own statement.
/// </summary>
/// <param name="Table">The table whose rows the cursor gives.</param>
/// <param name="Locks">True for FOR UPDATE and its relatives.</param>
/// <param name="Setting">The name.</param>
public sealed partial record CursorRow(Oid Table, bool Locks, string Setting)
{
    /// <summary>That of a new cursor.</summary>
    public static CursorRow Of(Oid table, bool locks, string cursor) =>
        new(table, locks, $"tangelo.cursor_{table.Value}_{(locks ? 1 : 0)}_{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(cursor))}");

    /// <summary>That of a cursor by its statement, as pg_cursors has it; null for one whose rows are not noted.</summary>
    public static CursorRow? In(string statement, string cursor)
    {
        foreach (Match match in Name().Matches(statement))
        {
            var row = Of(new Oid(uint.Parse(match.Groups[1].Value)), match.Groups[2].Value == "1", cursor);
            if (row.Setting == match.Value)
                return row;
        }

        return null;
    }

    [GeneratedRegex("tangelo\\.cursor_([0-9]+)_([01])_[0-9a-f]+", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
