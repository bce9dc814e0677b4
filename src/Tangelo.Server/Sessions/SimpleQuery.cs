using System.Collections.Immutable;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Cursors;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Statements;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Sessions;

/// <summary>
/// The simple query protocol. One statement runs by itself. Several are one implicit transaction: a text that concerns only the
/// coordinator goes there whole; otherwise link and workers are put into a transaction that ends with the text.
/// </summary>
internal sealed class SimpleQuery(
    SessionContext context, StatementSource statements, ClientStatements prepared, StatementRunner runner, LinkRelay relay, TransactionCommands transactions)
{
    private readonly OriginalErrors _originals = new(context);
    private readonly TransportSink _sink = new(context.Client);

    // The map that was read because of the text that runs now.
    private long? _freshVersion;

    /// <summary>Runs the text and writes everything but ReadyForQuery.</summary>
    /// <param name="text">The client's text.</param>
    /// <param name="joined">It belongs to a transaction that a batch of the extended protocol has left open, and ends it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">What is wrong; the transaction has been dealt with.</exception>
    public async ValueTask RunAsync(ReadOnlyMemory<byte> text, bool joined, CancellationToken cancellation)
    {
        _freshVersion = null;
        context.Snapshot.IsHeldOff = false;
        if (!joined && context.Blocks.Phase != TransactionPhase.Failed && !context.IsForeignText(text.Span)
            && await statements.FindShapeAsync(text, cancellation).ConfigureAwait(false) is var (shaped, parameters) && shaped is not null)
        {
            await RunOneAsync(shaped, parameters, text, moreFollows: false, cancellation).ConfigureAwait(false);
            return;
        }

        if (context.IsForeignText(text.Span) || !StatementSource.TryParse(text.Span, out var parsed))
        {
            // Another encoding, newer syntax, or an error that PostgreSQL words itself.
            await RunOnLinkAsync(StatementSource.Unparsed(text), cancellation).ConfigureAwait(false);
            await context.Blocks.FollowLinkAsync(cancellation).ConfigureAwait(false);
            return;
        }

        switch (parsed)
        {
            case [] when !joined:
                BackendMessages.Empty(context.Client.Out, BackendCode.EmptyQueryResponse);
                break;
            case [var only] when !joined:
                transactions.CheckBlock(only.Tree);
                var (statement, values) = await statements.PrepareAsync(only, text, cancellation).ConfigureAwait(false);
                if (statement is LinkStatement link && link.Text.AsSpan().SequenceEqual(only.Text))
                    statement = link with { Text = text.ToArray() };
                else if (statement is LinkStatement { UsesCursor: not null } cursor)
                    statement = cursor with { Text = NotedText.WithSource(cursor.Text, only.Text, text.Span) };
                await RunOneAsync(statement, values, text, moreFollows: false, cancellation).ConfigureAwait(false);
                break;
            default:
                await RunManyAsync(parsed, text, joined, cancellation).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>Runs a compiled statement; false when an error was relayed from the link.</summary>
    private async ValueTask<bool> RunOneAsync(
        CompiledStatement statement, ParameterSet parameters, ReadOnlyMemory<byte> text, bool moreFollows, CancellationToken cancellation, ClientStatement? source = null)
    {
        context.Snapshot.IsHeldOff = statement.NeedsNoSnapshot;
        switch (statement)
        {
            case TransactionControl control:
                await transactions.RunAsync(control, cancellation).ConfigureAwait(false);
                break;
            case AcceptedStatement accepted:
                await AcceptAsync(accepted, cancellation).ConfigureAwait(false);
                break;
            case LinkStatement { Executes: not null } execute when await prepared.ResolveAsync(execute, cancellation).ConfigureAwait(false) is var (executed, arguments):
                return await RunOneAsync(executed.Compiled, arguments, text, moreFollows, cancellation, executed).ConfigureAwait(false);
            case LinkStatement { Moves: { } moves } link:
                return await RunMovesAsync(link, moves, moreFollows, cancellation).ConfigureAwait(false);
            case LinkStatement link:
                prepared.RequireLinkCanRun(link);
                return await RunOnLinkAsync(link, cancellation).ConfigureAwait(false);
            case DistributedStatement { ParameterTypes.Length: > 0 } when ReferenceEquals(parameters, ParameterSet.None):
                // There are no parameters here: PostgreSQL tells where the first one stands.
                return await RunOnLinkAsync(new LinkStatement(text.ToArray()), cancellation).ConfigureAwait(false);
            case DistributedStatement distributed:
                foreach (var notice in source is null ? distributed.ParseNotices : [])
                    context.ForwardNotice(notice);
                if (await RunDistributedAsync(distributed, parameters, text, moreFollows, source, cancellation).ConfigureAwait(false))
                    break;

                // A shard is not where the map has it: another router has changed the metadata, and its NOTIFY is still on its way.
                await context.Database.RefreshAsync(cancellation).ConfigureAwait(false);
                _freshVersion = context.Map.Version;
                var (again, values) = await statements.PrepareAsync(SqlParser.Parse(text.Span)[0], text, cancellation).ConfigureAwait(false);
                return await RunOneAsync(again, values, text, moreFollows, cancellation).ConfigureAwait(false);
        }

        context.Follow(statement.Effects);
        return true;
    }

    /// <summary>False when it is to run again (<see cref="SecondTry"/>): it failed before anything was done or sent, with a map that has not been read anew for it.</summary>
    private async ValueTask<bool> RunDistributedAsync(
        DistributedStatement statement, ParameterSet parameters, ReadOnlyMemory<byte> text, bool moreFollows, ClientStatement? source, CancellationToken cancellation)
    {
        var output = context.Client.Out;
        var start = output.Length;
        if (statement.DescribedRows is { } rows)
            output.WriteMessage(BackendCode.RowDescription, rows);
        var described = output.Length;
        _sink.Reset();
        try
        {
            var tag = await runner.RunAsync(statement, parameters, _sink, moreFollows, cancellation).ConfigureAwait(false);
            BackendMessages.CommandComplete(output, tag);
            return true;
        }
        catch (PgException e) when (SecondTry.Helps(statement.Plan, e.Error) && context.Map.Version != _freshVersion
            && !moreFollows && context.Blocks.Phase == TransactionPhase.Idle
            && !_sink.HasSent && output.Length == described)
        {
            output.Truncate(start);
            return false;
        }
        catch (PgException e) when (OriginalErrors.MayDiffer(e.Error) && statement.Plan is not (CopyFromPlan or DdlPlan))
        {
            var original = source is null
                ? await _originals.FindAsync(e.Error, statement.Plan, text, [], "", ParameterSet.None.Tail.ToArray(), cancellation).ConfigureAwait(false)
                : await _originals.FindAsync(e.Error, statement.Plan, source.Text, source.TypeCodes, "", parameters.Tail.ToArray(), cancellation).ConfigureAwait(false);
            if (original is null)
                throw;

            // PostgreSQL would have refused the statement before it described any rows.
            if (!_sink.HasSent && output.Length == described)
                output.Truncate(start);
            throw new PgException(original, e);
        }
    }

    /// <summary>A statement that there is nothing to do for, but perhaps the installation of the metadata.</summary>
    public async ValueTask AcceptAsync(AcceptedStatement accepted, CancellationToken cancellation)
    {
        await context.Router.CreateExtensionAsync(context.Database, cancellation).ConfigureAwait(false);
        BackendMessages.CommandComplete(context.Client.Out, accepted.Tag);
    }

    private async ValueTask<bool> RunOnLinkAsync(LinkStatement statement, CancellationToken cancellation)
    {
        await context.PrepareLinkStatementAsync(statement, cancellation).ConfigureAwait(false);
        if (statement.UsesCursor is { } cursor)
            context.Cursors.Sent(cursor);
        await relay.SimpleQueryAsync(statement.Text, cancellation).ConfigureAwait(false);
        await context.LinkStatementEndedAsync(relay.TakeSyntaxError() ? StatementEffects.None : statement.Effects, relay.SawError, cancellation).ConfigureAwait(false);
        if (statement.Deallocates is { } name && !relay.SawError)
            context.Deallocated.Enqueue(name);
        if (statement.Prepares is { } prepare && !relay.SawError)
            prepared.Add(prepare);
        if (statement.SetsTransactionMode && context.Blocks.Phase == TransactionPhase.Block)
            context.Blocks.AddMode(System.Text.Encoding.UTF8.GetString(statement.Text));
        return !relay.SawError;
    }

    private async ValueTask<bool> RunMovesAsync(LinkStatement statement, DistributedTable table, bool moreFollows, CancellationToken cancellation)
    {
        try
        {
            await context.BeginMovesAsync(table, cancellation).ConfigureAwait(false);
            var succeeded = await RunOnLinkAsync(statement, cancellation).ConfigureAwait(false);
            if (!succeeded)
                await runner.FailAsync().ConfigureAwait(false);
            else if (!moreFollows)
                await runner.EndImplicitAsync(cancellation).ConfigureAwait(false);
            return succeeded;
        }
        catch
        {
            await runner.FailAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            context.LockedByStatement = [];
        }
    }

    private async ValueTask RunManyAsync(ImmutableArray<ParsedStatement> parsed, ReadOnlyMemory<byte> text, bool joined, CancellationToken cancellation)
    {
        if (!joined && context.Blocks.Phase == TransactionPhase.Idle && statements.AllForLink(parsed, out var effects))
        {
            await statements.RequireNoneUnseenAsync(parsed, cancellation).ConfigureAwait(false);
            await RunOnLinkAsync(new LinkStatement(text.ToArray()) { Effects = effects }, cancellation).ConfigureAwait(false);
            return;
        }

        try
        {
            await context.Lease.EnsureAsync(cancellation).ConfigureAwait(false);
            if (parsed.IsEmpty)
                BackendMessages.Empty(context.Client.Out, BackendCode.EmptyQueryResponse);
            foreach (var one in parsed)
            {
                relay.PositionOffset = Characters(text.Span[..one.Offset]);
                transactions.CheckBlock(one.Tree);
                var statement = await statements.CompileAsync(one, cancellation).ConfigureAwait(false);
                if (statement is TransactionControl control)
                {
                    // BEGIN takes what came before into its block; COMMIT and ROLLBACK end it.
                    await transactions.RunAsync(control, cancellation).ConfigureAwait(false);
                    continue;
                }

                context.Blocks.OpenImplicit(withLink: true);
                if (!await RunOneAsync(statement, ParameterSet.None, one.Text, moreFollows: true, cancellation).ConfigureAwait(false))
                {
                    await runner.FailAsync().ConfigureAwait(false);
                    return;
                }
            }

            await runner.EndImplicitAsync(cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Error.Position is { } position && relay.PositionOffset > 0)
        {
            await runner.FailAsync().ConfigureAwait(false);
            throw new PgException(e.Error with { Position = position + relay.PositionOffset }, e);
        }
        catch
        {
            await runner.FailAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            relay.PositionOffset = 0;
        }
    }

    /// <summary>How many characters UTF-8 bytes are: those that do not go on with one.</summary>
    private static int Characters(ReadOnlySpan<byte> bytes)
    {
        var count = 0;
        foreach (var value in bytes)
            count += (value & 0xc0) == 0x80 ? 0 : 1;
        return count;
    }
}
