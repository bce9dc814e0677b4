using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Execution;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Cursors;
using Tangelo.Planning.Plans;
using Tangelo.Server.Statements;
using Tangelo.Sql.Parsing;

namespace Tangelo.Server.Sessions;

/// <summary>UPDATE and DELETE ... WHERE CURRENT OF: finds the row at which the cursor stands, and runs the statement for it.</summary>
internal sealed partial class CurrentOfRunner(SessionContext context, PlanExecutor executor, StatementCompiler compiler)
{
    private static readonly Oid Tid = new(27);
    private static readonly Oid OidType = new(26);

    private readonly LinkRunner _link = new(context);
    private readonly ShardRunner _shards = new(context);

    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(CurrentOfPlan plan, ImmutableArray<Oid> types, ParameterSet parameters, RowSink sink, CancellationToken cancellation)
    {
        var row = await FindAsync(plan, cancellation).ConfigureAwait(false);
        if (plan.Moves)
            context.Cursors.Lose(plan.Cursor);
        List<ReadOnlyMemory<byte>?> place = [Encoding.UTF8.GetBytes(row.Ctid)];
        ImmutableArray<Oid> placeTypes = [Tid];
        if (plan.Table.IsPartitioned)
        {
            place.Add(Encoding.UTF8.GetBytes(row.Relation.ToString()));
            placeTypes = [Tid, OidType];
        }

        var values = parameters.AppendText(place);
        switch (await compiler.CompileAsync(SqlParser.ParseOne(plan.Sql), [.. types, .. placeTypes], cancellation).ConfigureAwait(false))
        {
            case DistributedStatement distributed:
                return await executor.RunAsync(
                    distributed.Plan, new StatementRequest(values, distributed.ParameterTypes, distributed.ResultColumns, sink), cancellation).ConfigureAwait(false);
            case LinkStatement link:
                await context.PrepareLinkStatementAsync(link, cancellation).ConfigureAwait(false);
                DistributedTable[] locked = link.Moves is { } moves ? [moves] : [];
                var codes = types.AddRange(placeTypes).Select(t => t.Value).ToArray();
                await context.WriteOverLoopbackAsync(
                    locked, () => _link.RunAsync(Encoding.UTF8.GetString(link.Text), values, codes, sink, cancellation), cancellation).ConfigureAwait(false);
                return _link.Tag;
            case var other:
                throw new PgException(SqlState.InternalError, $"a row of a cursor cannot be changed by {other.GetType().Name}");
        }
    }

    private async ValueTask<(string Ctid, Oid Relation)> FindAsync(CurrentOfPlan plan, CancellationToken cancellation)
    {
        var (name, table) = (plan.Cursor, plan.Table);
        var cursors = await context.QueryLinkAsync(
            $"SELECT statement, is_holdable FROM pg_catalog.pg_cursors WHERE name = {ShardNames.Literal(name)}", cancellation).ConfigureAwait(false);
        if (cursors is not [[{ } statement, var held]])
            throw new PgException(SqlState.InvalidCursorName, $"cursor \"{name}\" does not exist");
        var position = context.Cursors.PositionOf(name);
        if (held == "t" && position is null)
            throw Refuse($"cursor \"{name}\" is held from a previous transaction");
        if (CursorRow.In(statement, name) is not { } row)
            throw CursorKinds.WhyNotUpdatable(statement, name, table);
        if (row.Table != table.Relation && !table.IsPartition)
        {
            throw Refuse(row.Locks
                ? $"cursor \"{name}\" does not have a FOR UPDATE/SHARE reference to table \"{table.Name}\""
                : $"cursor \"{name}\" is not a simply updatable scan of table \"{table.Name}\"");
        }

        // Goes nowhere, and counts the row that it is at.
        if (await _link.RunAsync($"MOVE RELATIVE 0 FROM {ShardNames.Quote(name)}", ParameterSet.None, [], NullSink.Instance, cancellation).ConfigureAwait(false) == 0)
            throw Refuse($"cursor \"{name}\" is not positioned on a row");
        var noted = (await context.QueryLinkAsync($"SELECT pg_catalog.current_setting('{row.Setting}', true)", cancellation).ConfigureAwait(false))[0][0];
        if (noted is null || Noted().Match(noted) is not { Success: true } match || !uint.TryParse(match.Groups[3].Value, CultureInfo.InvariantCulture, out var relation)
            || match.Groups[1].Value != position?.ToString(CultureInfo.InvariantCulture) || context.Cursors.IsLost(name))
        {
            throw new PgException(
                SqlState.FeatureNotSupported, $"the row of cursor \"{name}\" is not known", "The cursor was moved by a function, or in a part of the transaction that was rolled back, or the row has gone to another shard.",
                "Fetch another row first, or use the row's key.");
        }

        var (ctid, place) = (match.Groups[2].Value, new Oid(relation));
        if (row.Table != table.Relation && place != table.Relation)
            throw new PgException(SqlState.FeatureNotSupported, $"the row of cursor \"{name}\" is not one of \"{table.Name}\"", hint: "Name the table of the cursor.");
        return (await LatestAsync(table.IsPartitioned ? context.Map.Find(place) ?? table : table, ctid, cancellation).ConfigureAwait(false), place);
    }

    // Settings can be written by anybody: what is not a row's place is none.
    [GeneratedRegex(@"^([0-9]{1,18}) (\([0-9]{1,10},[0-9]{1,5}\)) ([0-9]{1,10})$", RegexOptions.CultureInvariant)]
    private static partial Regex Noted();

    // The transaction may have changed the row since it was fetched: its version of now.
    private async ValueTask<string> LatestAsync(DistributedTable table, string ctid, CancellationToken cancellation)
    {
        var (shard, own) = ShardRowId.Decode(ctid, table.Shards.Length);
        if (shard >= table.Shards.Length)
            return ctid;
        var name = ShardNames.QuoteQualified(table.Schema, ShardNames.Extend(table.Name, table.Shards[shard].Id));
        var sql = Encoding.UTF8.GetBytes($"SELECT pg_catalog.currtid2({ShardNames.Literal(name)}, '{own}')");
        var rows = new RowListSink();
        await _shards.RunTextsAsync([(new ShardTask(table.Shards[shard].Placements[0], shard), sql)], ParameterSet.None, [], write: false, rows, cancellation).ConfigureAwait(false);
        return ShardRowId.Encode(rows.ReadText()[0][0]!, shard, table.Shards.Length);
    }

    private static PgException Refuse(string message) => new(SqlState.InvalidCursorState, message);
}
