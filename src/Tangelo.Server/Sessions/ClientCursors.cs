using System.Globalization;
using System.Text;
using PgQuery;

namespace Tangelo.Server.Sessions;

/// <summary>What a statement does with a cursor: declares it, or moves it.</summary>
/// <param name="Name">The cursor.</param>
/// <param name="Moves">Null for DECLARE.</param>
internal sealed record CursorUse(string Name, FetchStmt? Moves)
{
    public static CursorUse? Of(Node tree) => tree switch
    {
        { DeclareCursorStmt: { } declare } => new CursorUse(declare.Portalname, null),
        { FetchStmt: { } fetch } => new CursorUse(fetch.Portalname, fetch),
        _ => null,
    };
}

/// <summary>
/// How many rows the client has gone through with each of its cursors on the link. What the coordinator notes of a cursor's row is taken back where FETCH is,
/// by ROLLBACK TO, while the cursor stays where it is: the number tells.
/// </summary>
internal sealed class ClientCursors
{
    private readonly Dictionary<string, long> _positions = [];
    private readonly HashSet<string> _lost = [];
    private readonly Queue<CursorUse> _sent = [];

    /// <summary>The statement is sent to the link next.</summary>
    public void Sent(CursorUse use) => _sent.Enqueue(use);

    /// <summary>The link has given a command tag.</summary>
    public void Take(ReadOnlySpan<byte> tag)
    {
        var declared = tag.SequenceEqual("DECLARE CURSOR"u8);
        if (!declared && !tag.StartsWith("FETCH "u8) && !tag.StartsWith("MOVE "u8))
            return;
        if (!_sent.TryDequeue(out var use))
            return;
        _lost.Remove(use.Name);
        if (declared)
            _positions[use.Name] = 0;
        else if (use.Moves is { } moves && _positions.TryGetValue(use.Name, out var before))
            _positions[use.Name] = After(moves, before, long.Parse(Encoding.ASCII.GetString(tag[(tag.IndexOf((byte)' ') + 1)..]), CultureInfo.InvariantCulture));
    }

    /// <summary>The link skips what was sent.</summary>
    public void Failed() => _sent.Clear();

    /// <summary>The transaction is over, and its cursors with it.</summary>
    public void Clear()
    {
        _sent.Clear();
        _positions.Clear();
        _lost.Clear();
    }

    /// <summary>Its row is about to go where the cursor does not find it, until it has fetched another one.</summary>
    public void Lose(string cursor) => _lost.Add(cursor);

    /// <summary>True for a cursor whose row has gone.</summary>
    public bool IsLost(string cursor) => _lost.Contains(cursor);

    /// <summary>Null for one that this transaction has not declared.</summary>
    public long? PositionOf(string cursor) => _positions.TryGetValue(cursor, out var position) ? position : null;

    // Such cursors go forward only.
    private static long After(FetchStmt moves, long before, long count) => moves.Direction switch
    {
        FetchDirection.FetchForward when moves.HowMany == 0 => before,
        FetchDirection.FetchForward => before + count,
        FetchDirection.FetchRelative => count == 0 ? before : before + moves.HowMany,
        FetchDirection.FetchAbsolute => count == 0 ? before : moves.HowMany,
        _ => before,
    };
}
