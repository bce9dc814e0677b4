using Npgsql;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Functions;
using Tangelo.Core;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;
using Tangelo.Server.Loopback;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.AdminFunctions;

/// <summary>The session that called an administrative function, as the function sees it.</summary>
internal sealed class ClusterSession(LoopbackContext context) : IClusterSession
{
    /// <summary>The session.</summary>
    public Sessions.SessionContext Parent => context.Parent;

    /// <inheritdoc/>
    public string Database => context.Parent.Database.Name;

    /// <inheritdoc/>
    public string User => context.Parent.User;

    /// <inheritdoc/>
    public ClusterMap Map => context.Map;

    /// <inheritdoc/>
    public PgError? LastFailure => context.Parent.LoopbackFailure;

    /// <inheritdoc/>
    public NpgsqlDataSource Coordinator => context.Parent.Database.Coordinator;

    /// <inheritdoc/>
    public async Task ExecuteAsync(GroupId group, string sql, CancellationToken cancellation) =>
        await RunAsync(group, sql, write: true, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task ExecuteAsync(IReadOnlyList<(GroupId Group, string Sql)> work, CancellationToken cancellation) =>
        await RunAsync(work, write: true, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string?[]>> QueryAsync(GroupId group, string sql, CancellationToken cancellation) =>
        await RunAsync(group, sql, write: false, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IReadOnlyList<string?[]>>> QueryAsync(IReadOnlyList<(GroupId Group, string Sql)> work, CancellationToken cancellation) =>
        await RunAsync(work, write: false, cancellation).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<string?> RunSeparatelyAsync(Node node, string sql, CancellationToken cancellation)
    {
        // The node may be no member yet: its address counts, not its group.
        var pools = context.Parent.Router.Pools;
        var pool = node.IsCoordinator
            ? pools.For(context.Map, node.Group, Database, User)
            : pools.For(node, Database, User);
        var connection = await pool.LendAtOnceAsync(cancellation).ConfigureAwait(false);
        try
        {
            FrontendMessages.Query(connection.Out, sql);
            await connection.FlushAsync(cancellation).ConfigureAwait(false);
            return await ReadFirstValueAsync(connection, cancellation).ConfigureAwait(false);
        }
        finally
        {
            // What the command may have set stays in no connection that anybody else gets.
            connection.AppliedSettings = new object();
            pool.Return(connection);
        }
    }

    /// <inheritdoc/>
    public async Task PrepareNodeAsync(GroupId group, string sql, CancellationToken cancellation)
    {
        var pool = context.Parent.Router.OwnPool(context.Map, group, Database);
        var connection = await pool.LendAtOnceAsync(cancellation).ConfigureAwait(false);
        try
        {
            await connection.QueryAsync(sql, cancellation).ConfigureAwait(false);
        }
        catch (PgException e)
        {
            throw new PgException(ShardNameEraser.Erase(e.Error, context.Map), e);
        }
        finally
        {
            pool.Return(connection);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<DistributedTable> LockPlacementsAsync(DistributedTable table, IReadOnlyCollection<int> shards, bool together, CancellationToken cancellation)
    {
        // Another router may have made a shard a moment ago, or this transaction itself.
        if (context.Map.FindSame(table) is null && !Parent.Metadata.IsChanged)
            await Parent.Database.RefreshAsync(cancellation).ConfigureAwait(false);
        if (context.Map.FindSame(table) is null)
            UseTables([table]);
        return await ReplicaLocks.TakeAsync(context, table, shards, together, cancellation).ConfigureAwait(false);
    }

    /// <summary>Locks what a schema change inside of a function is about, see <see cref="TableLocks"/>.</summary>
    public ValueTask<IReadOnlyList<DdlPart>> LockAsync(IReadOnlyList<DdlPart> parts, CancellationToken cancellation) => TableLocks.TakeAsync(context, parts, cancellation);

    /// <inheritdoc/>
    public void UseTables(IReadOnlyCollection<DistributedTable> tables) => context.Parent.Metadata.Use(tables);

    /// <inheritdoc/>
    public void UseNode(Node node) => context.Parent.Metadata.Use(node);

    /// <inheritdoc/>
    public void MetadataChanged() => context.Parent.MetadataChanged();

    /// <inheritdoc/>
    public void Notice(PgError notice) => context.Parent.SayWhileBusy(notice);

    private static async Task<string?> ReadFirstValueAsync(BackendConnection connection, CancellationToken cancellation)
    {
        string? value = null;
        var hasRow = false;
        var hasColumns = false;
        PgError? failure = null;
        while (true)
        {
            var message = await connection.ReadReplyAsync(cancellation).ConfigureAwait(false);
            switch (message.Type)
            {
                case BackendCode.RowDescription:
                    hasColumns = true;
                    break;
                case BackendCode.DataRow when !hasRow:
                    hasRow = true;
                    value = FirstValue(message.Body.Span);
                    break;
                case BackendCode.CommandComplete when !hasRow:
                    value = hasColumns ? "" : System.Text.Encoding.UTF8.GetString(message.Body.Span[..^1]);
                    break;
                case BackendCode.ErrorResponse:
                    failure ??= ErrorFields.Read(message.Body.Span);
                    break;
                case BackendCode.CopyInResponse:
                    FrontendMessages.CopyFail(connection.Out, "COPY is not possible here");
                    await connection.FlushAsync(cancellation).ConfigureAwait(false);
                    break;
                case BackendCode.ReadyForQuery:
                    return failure is null ? value : throw new PgException(failure);
            }
        }
    }

    private static string? FirstValue(ReadOnlySpan<byte> body)
    {
        var reader = new MessageReader(body);
        if (reader.ReadInt16() == 0)
            return "";
        var length = reader.ReadInt32();
        return length < 0 ? null : System.Text.Encoding.UTF8.GetString(reader.ReadBytes(length));
    }

    private async Task<List<string?[]>> RunAsync(GroupId group, string sql, bool write, CancellationToken cancellation) =>
        await ReadAsync(await SendAsync(group, sql, write, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    private async Task<Participant> SendAsync(GroupId group, string sql, bool write, CancellationToken cancellation)
    {
        var settings = await context.SettingsAsync(cancellation).ConfigureAwait(false);
        var participant = await context.Transaction.JoinAsync(context.Map, group, settings, write, cancellation, forRows: false).ConfigureAwait(false);

        // What a node notices of steps that the client did not write is nothing to it.
        participant.Connection.OnNotice = null;
        FrontendMessages.Query(participant.Connection.Out, sql);
        await participant.Connection.FlushAsync(cancellation).ConfigureAwait(false);
        return participant;
    }

    private async Task<List<string?[]>[]> RunAsync(IReadOnlyList<(GroupId Group, string Sql)> work, bool write, CancellationToken cancellation)
    {
        var answers = new List<Task<List<string?[]>>>();
        try
        {
            foreach (var (group, sql) in work)
                answers.Add(ReadAsync(await SendAsync(group, sql, write, cancellation).ConfigureAwait(false), cancellation));
        }
        catch
        {
            // A node that fails does not keep the others' answers from being read: their connections go on.
            await Task.WhenAll(answers).ConfigureAwait(false);
            throw;
        }

        return await Task.WhenAll(answers).ConfigureAwait(false);
    }

    private async Task<List<string?[]>> ReadAsync(Participant participant, CancellationToken cancellation)
    {
        await participant.FinishPreludesAsync(cancellation).ConfigureAwait(false);
        try
        {
            return await participant.Connection.ReadResultAsync(cancellation).ConfigureAwait(false);
        }
        catch (PgException e)
        {
            throw new PgException(ShardNameEraser.Erase(e.Error, context.Map), e);
        }
    }
}
