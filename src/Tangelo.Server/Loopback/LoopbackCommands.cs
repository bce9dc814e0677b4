using System.Text.Json;
using PgQuery;
using Tangelo.Cluster.Functions.Statements;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Protocol.Messages;
using Tangelo.Protocol.Transport;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Loopback;

/// <summary>
/// The statements that postgres_fdw sends: transaction commands, cursors, and queries and changes of one foreign table.
/// </summary>
internal sealed class LoopbackCommands(
    LoopbackContext context, LoopbackQueries queries, LoopbackRowWrites writes, LoopbackStatements statements, PgTransport transport)
{
    private readonly Dictionary<string, RowSpool> _cursors = [];

    // What a statement that writes named when a savepoint was set, and where it moved a row.
    private readonly Dictionary<string, (Oid? Named, IReadOnlyCollection<Oid> MovedAmong)> _before = [];

    public LoopbackContext Context => context;

    /// <summary>Runs a statement and writes its results.</summary>
    /// <param name="statement">The statement.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="describe">Whether rows come with their RowDescription (simple protocol).</param>
    /// <param name="status">The transaction status before.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The transaction status afterwards.</returns>
    public async ValueTask<byte> RunAsync(ParsedStatement statement, ParameterSet parameters, bool describe, byte status, CancellationToken cancellation)
    {
        var tree = statement.Tree;
        switch (tree.NodeCase)
        {
            case Node.NodeOneofCase.TransactionStmt:
                return await RunTransactionAsync(tree.TransactionStmt, status, cancellation).ConfigureAwait(false);
            case Node.NodeOneofCase.VariableSetStmt:
                // How values are written is settled by the session's own settings, which both sides share.
                return Complete("SET", status);
            case Node.NodeOneofCase.DeallocateStmt:
                await writes.CarryOutAsync(cancellation).ConfigureAwait(false);
                queries.EndRows();
                statements.EndRows();
                return Complete(tree.DeallocateStmt.Name.Length == 0 ? "DEALLOCATE ALL" : "DEALLOCATE", status);
            case Node.NodeOneofCase.DeclareCursorStmt:
                await DeclareAsync(tree.DeclareCursorStmt.Portalname, Inner(statement), parameters, cancellation).ConfigureAwait(false);
                return Complete("DECLARE CURSOR", status);
            case Node.NodeOneofCase.FetchStmt:
                await FetchAsync(tree.FetchStmt, cancellation).ConfigureAwait(false);
                return status;
            case Node.NodeOneofCase.ClosePortalStmt:
                if (_cursors.Remove(tree.ClosePortalStmt.Portalname, out var closed))
                    await closed.DisposeAsync().ConfigureAwait(false);
                return Complete("CLOSE CURSOR", status);
            default:
                if (writes.TryPutOff(statement, parameters) is { } putOff)
                {
                    if (writes.IsFull)
                        await writes.OverflowAsync(cancellation).ConfigureAwait(false);
                    return Complete(putOff, status);
                }

                if (statement.Tree.InsertStmt is null)
                    LoopbackStatements.RequireUnmoved(context.Parent.MovedAmong, queries.TablesOf(statement));
                await CarryOutOthersAsync(cancellation).ConfigureAwait(false);
                await writes.CarryOutAsync(cancellation).ConfigureAwait(false);
                await context.Parent.FunctionLocks.FollowAsync(context, cancellation).ConfigureAwait(false);
                if (queries.ChangedBy(statement) is { } changed)
                    statements.Changes(changed, oneRow: LoopbackRowIds.RowIdParameter(statement) > 0);
                if (describe && ColumnCount(tree) is > 0 and var columns)
                    DescribeColumns(columns);
                var tag = await queries.RunAsync(statement, parameters, new TransportSink(transport), cancellation).ConfigureAwait(false);
                return Complete(tag, status);
        }
    }

    /// <summary>Answers a Describe: postgres_fdw looks at the number of columns only.</summary>
    public void Describe(ParsedStatement? statement, bool isStatement)
    {
        if (isStatement)
        {
            transport.Out.Begin(BackendCode.ParameterDescription);
            transport.Out.WriteInt16(0);
            transport.Out.End();
        }

        if (statement is not null && ColumnCount(statement.Tree) is > 0 and var columns)
            DescribeColumns(columns);
        else
            BackendMessages.Empty(transport.Out, BackendCode.NoData);
    }

    private static int ColumnCount(Node tree) => tree.NodeCase switch
    {
        Node.NodeOneofCase.SelectStmt => tree.SelectStmt.TargetList.Count,
        Node.NodeOneofCase.InsertStmt => tree.InsertStmt.ReturningList.Count,
        Node.NodeOneofCase.UpdateStmt => tree.UpdateStmt.ReturningList.Count,
        Node.NodeOneofCase.DeleteStmt => tree.DeleteStmt.ReturningList.Count,
        _ => 0,
    };

    private async ValueTask DeclareAsync(string cursor, ParsedStatement query, ParameterSet parameters, CancellationToken cancellation)
    {
        var spool = new RowSpool();
        _cursors[cursor] = spool;
        switch (RequestTable.CallIn(query, parameters))
        {
            case (LoopbackStatements.Call, var facts):
                await writes.BeginAsync(cursor, cancellation).ConfigureAwait(false);
                statements.Begin(LoopbackRowWrites.NumberOf(cursor), facts.GetProperty("stable").GetBoolean(), facts.GetProperty("reads").GetBoolean());
                return;
            case (LoopbackStatements.NamedUpdate, var named):
                // What has been put off belongs to the statement that was named before.
                await CarryOutOthersAsync(cancellation).ConfigureAwait(false);
                await writes.CarryOutAsync(cancellation).ConfigureAwait(false);
                context.Parent.NamedByWrite = named.GetProperty("relation") is { ValueKind: JsonValueKind.Number } relation ? new Oid(relation.GetUInt32()) : null;
                return;
            case (LoopbackStatements.MovesRow, var moved):
                context.Parent.MovedAmong = [.. moved.GetProperty("partitions").EnumerateArray().Select(p => new Oid(p.GetUInt32()))];
                return;
            case (LoopbackStatements.SettingsTold, var settings):
                var told = context.Parent.KnownSettings.With(Strings(settings));
                if (ReferenceEquals(told, context.Parent.KnownSettings))
                    return;

                // What has been put off was written under the settings of before.
                await CarryOutOthersAsync(cancellation).ConfigureAwait(false);
                await writes.CarryOutAsync(cancellation).ConfigureAwait(false);
                context.Parent.TakeToldSettings(told);
                return;
            case (ReadStatementFunction.Call, _):
                // Asked while a statement is planned: nothing is read or changed by it.
                await queries.RunAsync(query, parameters, spool, cancellation).ConfigureAwait(false);
                return;
        }

        if (RequestTable.CallIn(query, parameters) is null)
            await context.Parent.FunctionLocks.FollowAsync(context, cancellation).ConfigureAwait(false);
        LoopbackStatements.RequireUnmoved(context.Parent.MovedAmong, queries.TablesOf(query));
        await CarryOutOthersAsync(cancellation).ConfigureAwait(false);
        await writes.BeforeCursorAsync(cursor, cancellation).ConfigureAwait(false);
        foreach (var table in statements.HaveChanged ? queries.TablesOf(query) : [])
            statements.RequireUnchanged(LoopbackRowWrites.NumberOf(cursor), table);
        await queries.RunAsync(query, parameters, spool, cancellation).ConfigureAwait(false);
    }

    // Anybody may call the router with anything.
    private static IEnumerable<KeyValuePair<string, string?>> Strings(JsonElement settings) =>
        settings.ValueKind != JsonValueKind.Object ? []
            : settings.EnumerateObject().Where(s => s.Value.ValueKind is JsonValueKind.String or JsonValueKind.Null)
                .Select(s => new KeyValuePair<string, string?>(s.Name, s.Value.GetString()));

    /// <summary>The query of DECLARE ... CURSOR FOR query, as a statement by itself.</summary>
    private static ParsedStatement Inner(ParsedStatement declare)
    {
        var start = System.Text.Encoding.UTF8.GetString(declare.Text).IndexOf("CURSOR FOR", StringComparison.Ordinal) + "CURSOR FOR".Length;
        return SqlParser.Parse(declare.Text.AsSpan(start))[0];
    }

    private void DescribeColumns(int columns) =>
        BackendMessages.TextRowDescription(transport.Out, [.. Enumerable.Range(1, columns).Select(i => $"c{i}")]);

    private byte Complete(string tag, byte status)
    {
        BackendMessages.CommandComplete(transport.Out, tag);
        return status;
    }

    private async ValueTask FetchAsync(FetchStmt fetch, CancellationToken cancellation)
    {
        if (!_cursors.TryGetValue(fetch.Portalname, out var cursor))
            throw new PgException(SqlState.InvalidCursorName, $"cursor \"{fetch.Portalname}\" does not exist");
        if (fetch.Ismove)
        {
            cursor.Rewind();
            BackendMessages.CommandComplete(transport.Out, "MOVE 0");
            return;
        }

        var count = 0L;
        var described = false;
        for (; count < fetch.HowMany; count++)
        {
            var row = await cursor.ReadAsync(cancellation).ConfigureAwait(false);
            if (row.IsEmpty)
                break;
            if (!described)
                DescribeColumns(new MessageReader(row.Span[5..]).ReadInt16());
            described = true;
            transport.Out.WriteBytes(row.Span);
            if (transport.Out.Length > 256 * 1024)
                await transport.FlushAsync(cancellation).ConfigureAwait(false);
        }

        if (!described)
            DescribeColumns(0);
        BackendMessages.CommandComplete(transport.Out, $"FETCH {count}");
    }

    private async ValueTask<byte> RunTransactionAsync(TransactionStmt statement, byte status, CancellationToken cancellation)
    {
        var transaction = context.Parent.LoopbackTransaction;
        if (statement.Kind == TransactionStmtKind.TransStmtRollbackTo)
        {
            writes.Forget();
            queries.Forget();
            statements.EndRows();
            (context.Parent.NamedByWrite, context.Parent.MovedAmong) = _before.GetValueOrDefault(statement.SavepointName, (null, []));
            context.Parent.FunctionLocks.Forget();
            context.Parent.Metadata.ReturnTo(statement.SavepointName);
        }
        else if (statement.Kind == TransactionStmtKind.TransStmtRelease)
        {
            context.Parent.Metadata.Release(statement.SavepointName);
        }

        switch (statement.Kind)
        {
            case TransactionStmtKind.TransStmtStart or TransactionStmtKind.TransStmtBegin:
                await transaction.StartAsync(cancellation).ConfigureAwait(false);
                return Complete("START TRANSACTION", (byte)'T');
            case TransactionStmtKind.TransStmtCommit:
                await writes.CarryOutAsync(cancellation).ConfigureAwait(false);
                await EndAsync().ConfigureAwait(false);
                await transaction.CommitAsync(context.Backend, cancellation).ConfigureAwait(false);
                return Complete("COMMIT", (byte)'I');
            case TransactionStmtKind.TransStmtRollback:
                await EndAsync().ConfigureAwait(false);
                await transaction.AbortAsync().ConfigureAwait(false);
                return Complete("ROLLBACK", (byte)'I');
            case TransactionStmtKind.TransStmtRelease or TransactionStmtKind.TransStmtRollbackTo when context.Parent.Blocks.IsEnding:
                return Complete("RELEASE", status);
            case TransactionStmtKind.TransStmtSavepoint:
                await writes.CarryOutAsync(cancellation).ConfigureAwait(false);
                context.Parent.Metadata.Keep(statement.SavepointName);
                _before[statement.SavepointName] = (context.Parent.NamedByWrite, context.Parent.MovedAmong);
                await context.Transaction.SavepointAsync(Own(statement), cancellation).ConfigureAwait(false);
                return Complete("SAVEPOINT", status);
            case TransactionStmtKind.TransStmtRelease:
                await writes.CarryOutAsync(cancellation).ConfigureAwait(false);
                await context.Transaction.ReleaseSavepointAsync(Own(statement), cancellation).ConfigureAwait(false);
                return Complete("RELEASE", status);
            case TransactionStmtKind.TransStmtRollbackTo:
                await context.Transaction.RollbackToSavepointAsync(Own(statement), cancellation).ConfigureAwait(false);
                return Complete("ROLLBACK", (byte)'T');
            default:
                throw new PgException(SqlState.FeatureNotSupported, "the loopback does not take this transaction command");
        }
    }

    // postgres_fdw counts its savepoints from s2: the client's must not have the same names.
    private static string Own(TransactionStmt statement) => "tangelo_" + statement.SavepointName;

    // A function with the rights of another role has a connection of its own.
    private async ValueTask CarryOutOthersAsync(CancellationToken cancellation)
    {
        foreach (var (other, _) in context.Parent.RowWrites)
        {
            if (!ReferenceEquals(other, writes))
                await other.CarryOutAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async ValueTask EndAsync()
    {
        writes.Reset();
        queries.Forget();
        statements.Forget();
        _before.Clear();
        context.Parent.NamedByWrite = null;
        context.Parent.MovedAmong = [];
        foreach (var cursor in _cursors.Values)
            await cursor.DisposeAsync().ConfigureAwait(false);
        _cursors.Clear();
    }
}
