using Tangelo.Catalog.Model;
using Tangelo.Core;

namespace Tangelo.Server.Loopback;

/// <summary>
/// Statements of functions that change tables, as the coordinator tells of them when they begin. postgres_fdw numbers its cursors as statements begin, so a
/// cursor with a lower number than the one that told belongs to that statement, or to one around it, and must not see what it has changed.
/// </summary>
internal sealed class LoopbackStatements
{
    private readonly Dictionary<Oid, int> _changed = [];
    private readonly HashSet<Oid> _changedBeforeEnd = [];

    // A row of a partition may have come to another one.
    private bool _movesRows;
    private bool _reads;
    private int _begun;
    private int _changedPartition;

    /// <summary>The function of the router that tells.</summary>
    public const string Call = "statement_begins";

    /// <summary>The function of the router that tells which table a statement that writes names.</summary>
    public const string NamedUpdate = "named_update";

    /// <summary>The function of the router that tells among which partitions a row is moved.</summary>
    public const string MovesRow = "moves_row";

    /// <summary>The function of the router that tells what settings are that policies read.</summary>
    public const string SettingsTold = "settings_told";

    /// <summary>True while all functions that the statement calls are STABLE: they see none of its changes.</summary>
    public bool HidesFromFunctions { get; private set; }

    /// <summary>False while there is nothing that <see cref="RequireUnchanged"/> could find.</summary>
    public bool HaveChanged => _changed.Count > 0 || _changedBeforeEnd.Count > 0;

    /// <summary>A statement begins.</summary>
    /// <param name="cursor">The cursor that told.</param>
    /// <param name="isStable">Whether it calls users' functions, none of which is VOLATILE.</param>
    /// <param name="reads">Whether it has subqueries or joins.</param>
    public void Begin(int cursor, bool isStable, bool reads)
    {
        (_begun, HidesFromFunctions, _reads) = (cursor, isStable, reads);
        _changedBeforeEnd.Clear();
        _movesRows = false;
    }

    /// <summary>Rows of a table are changed, and can be seen from now on.</summary>
    public void Changes(DistributedTable table, bool oneRow)
    {
        if (_begun > 0)
        {
            _changed[table.Relation] = _begun;
            if (_reads && table.IsPartition)
                _changedPartition = _begun;
        }

        // A statement that names its rows says when it ends.
        if (HidesFromFunctions && oneRow)
        {
            _changedBeforeEnd.Add(table.Relation);
            _movesRows |= table.IsPartition;
        }
    }

    /// <summary>A cursor is about to read a table.</summary>
    /// <exception cref="PgException">0A000: it would see what its own statement has changed.</exception>
    public void RequireUnchanged(int cursor, DistributedTable table)
    {
        var changed = table.ReadByPolicies.Append(table.Relation).Max(t => _changed.GetValueOrDefault(t));
        if (cursor < (table.IsPartition ? Math.Max(_changedPartition, changed) : changed))
        {
            throw new PgException(
                SqlState.FeatureNotSupported, $"reading table \"{table.Name}\" in a statement is not supported after another part of it, or a function that it calls, has changed the table",
                hint: "Use two statements, or leave RETURNING out: then the changes wait until the statement has ended.");
        }

        if (HidesFromFunctions && cursor > _begun && (_changedBeforeEnd.Contains(table.Relation) || _movesRows && table.IsPartition))
        {
            throw new PgException(
                SqlState.FeatureNotSupported, $"a STABLE function that reads table \"{table.Name}\" is not supported in this statement inside of a function, as it changes the table",
                hint: "Call the function before, and keep its value in a variable.");
        }
    }

    /// <summary>Tables are about to be read, or changed, while a row of theirs is moved.</summary>
    /// <exception cref="PgException">0A000: the row would still be in its old partition.</exception>
    public static void RequireUnmoved(IReadOnlyCollection<Oid> movedAmong, IEnumerable<DistributedTable> tables)
    {
        if (movedAmong.Count == 0)
            return;
        if (tables.FirstOrDefault(t => movedAmong.Contains(t.Relation)) is { } table)
        {
            throw new PgException(
                SqlState.FeatureNotSupported, $"using table \"{table.Name}\" is not supported after a trigger BEFORE INSERT has begun, or has skipped a row, for an UPDATE that moves the row to another partition",
                detail: "The row is still in its old partition.", hint: "Use a trigger AFTER INSERT, or insert the new row and delete the old one.");
        }
    }

    /// <summary>A statement that changes rows one by one has ended.</summary>
    public void EndRows()
    {
        HidesFromFunctions = false;
        _changedBeforeEnd.Clear();
        _movesRows = false;
    }

    /// <summary>What has been changed is undone, or the transaction has ended.</summary>
    public void Forget()
    {
        EndRows();
        _changed.Clear();
        _begun = _changedPartition = 0;
    }
}
