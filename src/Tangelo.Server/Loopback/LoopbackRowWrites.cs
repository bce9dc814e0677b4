using System.Globalization;
using System.Text;
using PgQuery;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Sql.Parsing;
using Node = PgQuery.Node;

namespace Tangelo.Server.Loopback;

/// <summary>
/// UPDATE and DELETE of single rows by ctid, which postgres_fdw sends while its statement still reads. What the statement reads later has to be as it
/// was at its beginning, so they wait until it ends: postgres_fdw then deallocates what it has prepared.
/// </summary>
internal sealed class LoopbackRowWrites(LoopbackQueries queries, LoopbackStatements statements)
{
    // More are carried out at once; the statement may then not read the tables again.
    private const int MostBytes = 256 * 1024 * 1024;

    private readonly List<(ParsedStatement Statement, ParameterSet Parameters)> _waiting = [];
    private readonly HashSet<(string Table, string Row)> _rows = [];
    private ParsedStatement? _last;
    private int _rowId;
    private bool _overflowed;
    private long _bytes;
    private int _lastCursor;
    private int _cursorsOfStatement;

    /// <summary>The command tag when the statement has been put off; null for one that has to run now.</summary>
    public string? TryPutOff(ParsedStatement statement, ParameterSet parameters)
    {
        if (!ReferenceEquals(statement, _last))
            (_last, _rowId) = (statement, queries.NamesOneRow(statement) ? LoopbackRowIds.RowIdParameter(statement) : 0);
        if (_rowId == 0 || _overflowed)
            return null;
        var update = statement.Tree.NodeCase == Node.NodeOneofCase.UpdateStmt;
        var table = update ? statement.Tree.UpdateStmt.Relation.Relname : statement.Tree.DeleteStmt.Relation.Relname;

        // The cursors of the statement that writes are there when it begins to, as are those of the functions it has called until then.
        if (_rows.Count == 0)
            _cursorsOfStatement = _lastCursor;

        // A row that a join has found twice is changed once.
        var isNew = _rows.Add((table, Encoding.UTF8.GetString(parameters.Value(_rowId)!.Value.Span)));
        if (isNew)
        {
            _waiting.Add((statement, parameters));
            _bytes += parameters.Tail.Length;
        }

        return (update ? "UPDATE " : "DELETE ") + (isNew ? "1" : "0");
    }

    /// <summary>True when there is more than may wait.</summary>
    public bool IsFull => _bytes > MostBytes;

    /// <summary>The number of a cursor, as postgres_fdw names it.</summary>
    public static int NumberOf(string cursor) =>
        cursor.StartsWith('c') && int.TryParse(cursor.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;

    /// <summary>The coordinator says by a cursor that a statement begins: those that it has opened until now may belong to it, and later ones do not.</summary>
    public async ValueTask BeginAsync(string cursor, CancellationToken cancellation)
    {
        await CarryOutAsync(cancellation).ConfigureAwait(false);
        _lastCursor = Math.Max(_lastCursor, NumberOf(cursor));
    }

    /// <summary>
    /// A cursor is about to read. A statement inside of a VOLATILE function sees what has been changed so far, the one that changes rows does not.
    /// </summary>
    public async ValueTask BeforeCursorAsync(string name, CancellationToken cancellation)
    {
        var number = NumberOf(name);
        if (_rows.Count > 0 && number > _cursorsOfStatement && !statements.HidesFromFunctions)
            await CarryOutAsync(cancellation).ConfigureAwait(false);
        else if (_overflowed)
            throw new PgException(
                SqlState.ProgramLimitExceeded, "this statement changes too many rows of distributed tables to read them again meanwhile",
                hint: "Change fewer rows at a time, or read what is needed into a temporary table before.");
        if (number != int.MaxValue)
            _lastCursor = Math.Max(_lastCursor, number);
    }

    /// <summary>Carries out what waits, and goes on to do so at once.</summary>
    public async ValueTask OverflowAsync(CancellationToken cancellation)
    {
        await CarryOutAsync(cancellation).ConfigureAwait(false);
        _overflowed = true;
    }

    /// <summary>Carries out what waits: its statement has ended, or something else is to see it.</summary>
    public async ValueTask CarryOutAsync(CancellationToken cancellation)
    {
        _overflowed = false;
        if (_rows.Count == 0)
            return;
        var writes = _waiting.ToArray();
        Forget();
        foreach (var (statement, parameters) in writes)
        {
            if (queries.ChangedBy(statement) is { } table)
                statements.Changes(table, oneRow: true);
            await queries.RunAsync(statement, parameters, NullSink.Instance, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The statement has failed.</summary>
    public void Forget()
    {
        _overflowed = false;
        _waiting.Clear();
        _rows.Clear();
        _bytes = 0;
    }

    /// <summary>The transaction has ended: postgres_fdw counts its cursors anew.</summary>
    public void Reset()
    {
        Forget();
        _lastCursor = 0;
    }
}
