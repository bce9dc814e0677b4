using System.Collections.Immutable;
using System.Diagnostics;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Copy;

/// <summary>
/// COPY table FROM STDIN: reads the client's data, splits it by the distribution column and loads the shards. The caller has
/// told the client to send (CopyInResponse) and sends the command tag, or the error, afterwards.
/// </summary>
public sealed class CopyFromOperator
{
    private const int FeedBytes = 64 * 1024;

    private readonly CopyFromPlan _plan;
    private readonly ICopyCoordinator _coordinator;
    private readonly CopyFromSettings _settings;
    private readonly CopyKey _key;

    private readonly IAppendedShards? _appended;
    private readonly AppendedBytes? _appendedBytes;
    private long _rowsBefore;

    /// <param name="plan">The COPY.</param>
    /// <param name="coordinator">Answers what only the coordinator knows.</param>
    /// <param name="settings">Bounds of memory.</param>
    /// <param name="appended">Where rows of an append-distributed table go; null for any other.</param>
    /// <exception cref="PgException">The table has no shards.</exception>
    public CopyFromOperator(CopyFromPlan plan, ICopyCoordinator coordinator, CopyFromSettings? settings = null, IAppendedShards? appended = null)
    {
        _appended = appended;
        if (appended is null && plan.Table.Shards.IsEmpty)
        {
            throw new PgException(
                SqlState.ObjectNotInPrerequisiteState,
                "could not find any shards into which to copy",
                $"No shards exist for distributed table \"{plan.Table.Name}\".");
        }

        _plan = plan;
        _coordinator = coordinator;
        _settings = settings ?? new CopyFromSettings();
        _appendedBytes = appended is null ? null : new AppendedBytes(appended, _settings.BytesBeforeAnotherShard);
        _key = new CopyKey(plan, _settings.KeysComeAsStored);
        ShardColumns = [.. plan.CoordinatorDefaults.Select(d => d.Column), .. plan.Columns.Select(c => c.Name)];
    }

    /// <summary>The column list of the shards' COPY: the coordinator's defaults, then the client's columns.</summary>
    public ImmutableArray<string> ShardColumns { get; }

    /// <summary>
    /// Loads everything and returns the number of rows for the tag. On an error the client's remaining data is read and dropped
    /// up to CopyDone or CopyFail, no call to <paramref name="target"/> is under way, and the transaction must be rolled back.
    /// </summary>
    /// <exception cref="PgException">With the client's line numbers and the table's name in its CONTEXT.</exception>
    public async Task<long> RunAsync(ICopySource source, ICopyTarget target, CancellationToken cancellationToken)
    {
        var reading = true;
        var clock = Stopwatch.StartNew();
        try
        {
            ShardDispatcher NewDispatcher() => new(_appended?.Current ?? _plan.Table, _plan.Options.Format, target, _settings, cancellationToken);
            using var router = new RowRouter(_plan, _key, _coordinator, NewDispatcher(), cancellationToken);
            try
            {
                using var splitter = CopySplitter.Create(
                    new CopyLayout(_plan.Table.Name, _plan.Options, [.. _plan.Columns.Select(c => c.Name)], _key.FieldIndex) { LongRowBytes = _settings.LongRowBytes });
                var transcoder = _settings.ConvertFrom is { } encoding ? new CopyTranscoder(encoding, _coordinator, cancellationToken) : null;
                while (true)
                {
                    reading = false;
                    var message = await ReadAsync(source, splitter, cancellationToken).ConfigureAwait(false);
                    reading = message.Kind == CopySourceKind.Data;
                    switch (message.Kind)
                    {
                        case CopySourceKind.Data:
                            // As in PostgreSQL, a client that sends nothing is waited for.
                            if (clock.Elapsed > _settings.TimeLimit)
                                throw TimeIsOver(splitter.CurrentLine);
                            if (transcoder is null)
                                await TakeAsync(message.Data, splitter, router, NewDispatcher, cancellationToken).ConfigureAwait(false);
                            else
                                await InTextAsync(() => transcoder.ConvertAsync(message.Data, text => TakeAsync(text, splitter, router, NewDispatcher, cancellationToken)), splitter, router).ConfigureAwait(false);
                            break;
                        case CopySourceKind.Done:
                            if (transcoder is not null)
                                await InTextAsync(transcoder.CompleteAsync, splitter, router).ConfigureAwait(false);
                            return _rowsBefore + await CompleteAsync(splitter, router).ConfigureAwait(false);
                        default:
                            throw ClientFailed(message.Reason, splitter.CurrentLine);
                    }
                }
            }
            finally
            {
                await router.Dispatcher.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (PgException) when (reading)
        {
            await DrainAsync(source, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The client's next message; an error of its own gets the line it came in.</summary>
    private async ValueTask<CopySourceMessage> ReadAsync(ICopySource source, CopySplitter splitter, CancellationToken cancellationToken)
    {
        try
        {
            return await source.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PgException e)
        {
            throw new PgException(e.Error with { Where = CopyErrors.AtLine(_plan.Table.Name, splitter.CurrentLine) }, e);
        }
    }

    private static async ValueTask DrainAsync(ICopySource source, CancellationToken cancellationToken)
    {
        while ((await source.ReadAsync(cancellationToken).ConfigureAwait(false)).Kind == CopySourceKind.Data)
        {
        }
    }

    // What is no text is an error of the line that it stands in. Errors that have a place already come from what was taken.
    private async ValueTask InTextAsync(Func<ValueTask> convert, CopySplitter splitter, RowRouter router)
    {
        try
        {
            await convert().ConfigureAwait(false);
        }
        catch (PgException e) when (e.Error.Where?.StartsWith("COPY ", StringComparison.Ordinal) != true)
        {
            var error = new PgException(e.Error with { Where = CopyErrors.AtLine(_plan.Table.Name, splitter.CurrentLine) }, e);
            throw await FirstErrorAsync(error, router).ConfigureAwait(false);
        }
    }

    private async ValueTask TakeAsync(
        ReadOnlyMemory<byte> data, CopySplitter splitter, RowRouter router, Func<ShardDispatcher> newDispatcher, CancellationToken cancellationToken)
    {
        // In slices, so that rows are passed on before many more are split.
        for (; data.Length > 0; data = data[Math.Min(FeedBytes, data.Length)..])
        {
            _appendedBytes?.Count(router.Dispatcher);
            if (_appendedBytes is { IsChangeDue: true })
                await ChangeShardsAsync(_appendedBytes, router, newDispatcher, cancellationToken).ConfigureAwait(false);
            try
            {
                splitter.Feed(data.Span[..Math.Min(FeedBytes, data.Length)], router);
                if (router.ShouldResolve)
                    await router.ResolveAsync().ConfigureAwait(false);
            }
            catch (PgException e)
            {
                throw await FirstErrorAsync(e, router).ConfigureAwait(false);
            }

            await router.Dispatcher.FlushFullAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask ChangeShardsAsync(AppendedBytes appended, RowRouter router, Func<ShardDispatcher> newDispatcher, CancellationToken cancellationToken)
    {
        var before = router.Dispatcher;
        await router.ResolveAsync().ConfigureAwait(false);
        await before.FlushAllAsync().ConfigureAwait(false);
        await before.CompleteAsync().ConfigureAwait(false);
        appended.Count(before);
        _rowsBefore += before.Rows;
        await before.DisposeAsync().ConfigureAwait(false);
        await appended.ChangeAsync(cancellationToken).ConfigureAwait(false);
        router.Dispatcher = newDispatcher();
    }

    private static async ValueTask<long> CompleteAsync(CopySplitter splitter, RowRouter router)
    {
        try
        {
            splitter.Complete(router);
            await router.ResolveAsync().ConfigureAwait(false);
        }
        catch (PgException e)
        {
            throw await FirstErrorAsync(e, router).ConfigureAwait(false);
        }

        await router.Dispatcher.FlushAllAsync().ConfigureAwait(false);
        await router.Dispatcher.CompleteAsync().ConfigureAwait(false);
        return router.Dispatcher.Rows;
    }

    /// <summary>
    /// The data is wrong from some row on. PostgreSQL would have met errors of the rows before it first, so these are sent; and a
    /// shard that is given the wrong row itself knows best what to say.
    /// </summary>
    private static async ValueTask<PgException> FirstErrorAsync(PgException error, RowRouter router)
    {
        var dispatcher = router.Dispatcher;
        dispatcher.AbandonLong();
        try
        {
            await router.ResolveAsync().ConfigureAwait(false);
        }
        catch (PgException held)
        {
            error = held;
        }

        try
        {
            await dispatcher.FlushAllAsync().ConfigureAwait(false);
            if (await router.AddRefusedAsync().ConfigureAwait(false))
                await dispatcher.FlushAllAsync(BatchEnding.Broken).ConfigureAwait(false);
            await dispatcher.CompleteAsync().ConfigureAwait(false);
            return error;
        }
        catch (PgException earlier)
        {
            return earlier;
        }
    }

    private PgException TimeIsOver(long line) => new(new PgError
    {
        Code = SqlState.QueryCanceled,
        Message = "canceling statement due to statement timeout",
        Where = CopyErrors.AtLine(_plan.Table.Name, line),
    });

    private PgException ClientFailed(string? reason, long line) => new(new PgError
    {
        Code = SqlState.QueryCanceled,
        Message = $"COPY from stdin failed: {reason}",
        Where = CopyErrors.AtLine(_plan.Table.Name, line),
    });
}
