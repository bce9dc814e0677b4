using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Catalog.Pruning;
using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Execution.Shards;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>COPY FROM into a distributed table, as one transaction over all nodes.</summary>
internal sealed class CopyInRunner(SessionContext context)
{
    private readonly CopyStatementCheck _check = new(context);

    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(CopyFromPlan plan, CancellationToken cancellation)
    {
        context.OpenImplicitTransaction();
        await _check.RunAsync(plan, cancellation).ConfigureAwait(false);
        if (plan.Table.Method != DistributionMethod.Append)
            plan = plan with { Table = await ReplicaLocks.TakeAsync(context, plan.Table, Enumerable.Range(0, plan.Table.Shards.Length), together: true, cancellation).ConfigureAwait(false) };
        var encoding = CopyEncoding.Named(plan.Options.Encoding ?? context.ClientEncoding);
        var stored = context.Parameters["server_encoding"];
        var converts = plan.Options.Format != CopyFormat.Binary && encoding != stored
            && (CopyEncoding.HidesBytes(encoding) || (plan.Options.Header == CopyHeader.Match && encoding != "SQL_ASCII"));
        if (converts)
            plan = plan with { Options = plan.Options with { Encoding = stored } };
        var settings = new CopyFromSettings
        {
            KeysComeAsStored = converts || (plan.Options.Encoding is null ? context.ValuesComeAsStored : encoding == stored),
            ConvertFrom = converts ? encoding : null,
            TimeLimit = (await context.SettingsAsync(cancellation).ConfigureAwait(false)).StatementTimeout,
        };
        var appended = plan.Table.Method == DistributionMethod.Append ? new AppendedShards(context, plan) : null;
        if (appended is not null)
            await appended.BeginAsync(cancellation).ConfigureAwait(false);
        using var target = new Target(context, plan, appended);
        var copy = new CopyFromOperator(plan, new Coordinator(context, plan, encoding, converts ? stored : encoding), settings, appended);
        target.Columns = copy.ShardColumns;
        long rows;
        try
        {
            rows = plan switch
            {
                { File: { } program, IsProgram: true } => await FromProgramAsync(copy, program, target, cancellation).ConfigureAwait(false),
                { File: { } file } => await FromFileAsync(copy, file, target, cancellation).ConfigureAwait(false),
                _ => await FromClientAsync(copy, plan, target, cancellation).ConfigureAwait(false),
            };
        }
        finally
        {
            target.PassNotices();
        }

        if (appended is not null)
            await appended.EndAsync(cancellation).ConfigureAwait(false);
        return $"COPY {rows}";
    }

    private async ValueTask<long> FromClientAsync(CopyFromOperator copy, CopyFromPlan plan, Target target, CancellationToken cancellation)
    {
        BackendMessages.CopyResponse(context.Client.Out, BackendCode.CopyInResponse, plan.Options.Format == CopyFormat.Binary, plan.Columns.Length);
        await context.Client.FlushAsync(cancellation).ConfigureAwait(false);
        using var source = new ClientCopySource(context) { BeforeFlush = target.PassNotices };
        return await copy.RunAsync(source, target, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<long> FromFileAsync(CopyFromOperator copy, string file, Target target, CancellationToken cancellation)
    {
        await using var source = new FileCopySource(context.Database.Coordinator, file);
        await source.OpenAsync(cancellation).ConfigureAwait(false);
        return await copy.RunAsync(source, target, cancellation).ConfigureAwait(false);
    }

    private async ValueTask<long> FromProgramAsync(CopyFromOperator copy, string program, Target target, CancellationToken cancellation)
    {
        await using var source = new ProgramCopySource(context, program);
        await source.OpenAsync(cancellation).ConfigureAwait(false);
        var rows = await copy.RunAsync(source, target, cancellation).ConfigureAwait(false);
        source.RequireSuccess();
        return rows;
    }

    private sealed class Target(SessionContext context, CopyFromPlan plan, AppendedShards? appended) : ICopyTarget, IDisposable
    {
        private readonly WorkerCopyTarget _workers = new(context);

        public IReadOnlyList<string> Columns { get; set; } = [];

        public ValueTask<ICopyCommand> BeginAsync(GroupId group, int shardIndex, CancellationToken cancellationToken) =>
            _workers.BeginAsync(appended?.Current ?? plan.Table, Columns, group, shardIndex, plan.Options.ShardText, plan.Where, cancellationToken);

        public void PassNotices() => _workers.PassNotices();

        public void Dispose() => _workers.Dispose();
    }

    private sealed class Coordinator(SessionContext context, CopyFromPlan plan, string clientEncoding, string encoding) : ICopyCoordinator
    {
        private const uint Bytea = 17;
        private const uint ByteaArray = 1001;

        private readonly LinkRunner _link = new(context);
        private readonly RangeResolver _ranges = new(context);
        private byte[]?[]? _first;

        public async ValueTask<IReadOnlyList<byte[]?[]>> NextDefaultsAsync(int count, CancellationToken cancellationToken)
        {
            var binary = plan.Options.Format == CopyFormat.Binary;

            // In binary form a value must have the column's own type.
            var list = plan.CoordinatorDefaults.Select(d => binary ? $"({d.Expression})::{d.TypeName}" : d.Expression);
            var sql = $"SELECT {string.Join(", ", list)} FROM pg_catalog.generate_series(1, {count})";
            var rows = new RowListSink();
            await _link.RunAsync(
                sql, binary ? ParameterSet.NoneForBinaryResults : ParameterSet.None, [], rows, cancellationToken).ConfigureAwait(false);
            return Steady(rows.ReadBytes());
        }

        // The link may run each batch in a transaction of its own, which has another time.
        private List<byte[]?[]> Steady(List<byte[]?[]> rows)
        {
            _first ??= rows[0];
            for (var i = 0; i < plan.CoordinatorDefaults.Length; i++)
            {
                if (!plan.CoordinatorDefaults[i].IsSteady)
                    continue;
                foreach (var row in rows)
                    row[i] = _first[i];
            }

            return rows;
        }

        public async ValueTask<int[]> HashByServerAsync(IReadOnlyList<byte[]> keys, CancellationToken cancellationToken)
        {
            var column = plan.Table.DistributionColumn!;
            if (plan.Table.IsByValue)
                return await FindShardsAsync(keys, cancellationToken).ConfigureAwait(false);
            if (plan.Options.Format == CopyFormat.Binary)
            {
                var hashes = new int[keys.Count];
                for (var i = 0; i < hashes.Length; i++)
                    hashes[i] = await context.HashByServerAsync(plan.Table, keys[i], binary: true, column.Type, cancellationToken).ConfigureAwait(false);
                return hashes;
            }

            // As bytes, for the data may be in another encoding than the session's texts.
            var found = await AskOfEachAsync(KeyHashers.HashManySql(column.TypeName, KeyEncoding), keys, cancellationToken).ConfigureAwait(false);
            return [.. found.Select(hash => (int)hash)];
        }

        private string KeyEncoding => encoding == "SQL_ASCII" ? context.Parameters["server_encoding"] : encoding;

        private async ValueTask<IEnumerable<long>> AskOfEachAsync(string sql, IReadOnlyList<byte[]> keys, CancellationToken cancellationToken)
        {
            var array = "{" + string.Join(',', keys.Select(k => "\"\\\\x" + Convert.ToHexString(k) + "\"")) + "}";
            var rows = new RowListSink();
            await _link.RunAsync(sql, ParameterSet.FromText([Encoding.UTF8.GetBytes(array)]), [ByteaArray], rows, cancellationToken).ConfigureAwait(false);
            return rows.ReadText().Select(r => long.Parse(r[0]!));
        }

        private async ValueTask<int[]> FindShardsAsync(IReadOnlyList<byte[]> keys, CancellationToken cancellationToken)
        {
            if (plan.Options.Format == CopyFormat.Binary)
            {
                var found = new int[keys.Count];
                for (var i = 0; i < found.Length; i++)
                    found[i] = await _ranges.FindAsync(plan.Table, keys[i], binary: true, cancellationToken).ConfigureAwait(false);
                return found;
            }

            var column = plan.Table.DistributionColumn!;
            var type = column.TypeName + (column.Collation is { } collation ? $" COLLATE {collation}" : "");
            var sql =
                $"""
                WITH b AS MATERIALIZED (SELECT shardid, shardminvalue::{type} AS least, shardmaxvalue::{type} AS greatest
                    FROM pg_catalog.pg_dist_shard WHERE logicalrelid = {plan.Table.Relation.Value})
                SELECT (SELECT CASE WHEN pg_catalog.count(*) > 1 THEN {ShardBounds.Several} ELSE coalesce(pg_catalog.min(b.shardid), {ShardBounds.None}) END FROM b
                    WHERE b.least IS NULL OR b.greatest IS NULL OR v.key >= b.least AND v.key <= b.greatest)
                FROM (SELECT n, pg_catalog.convert_from(k, {ShardNames.Literal(KeyEncoding)})::{type} AS key FROM pg_catalog.unnest($1::pg_catalog.bytea[]) WITH ORDINALITY AS u(k, n)) AS v
                ORDER BY v.n
                """;
            var ids = await AskOfEachAsync(sql, keys, cancellationToken).ConfigureAwait(false);
            var indexes = plan.Table.Shards.Select((s, i) => (s.Id.Value, i)).ToDictionary(s => s.Value, s => s.i);
            return [.. ids.Select(id => id < 0 ? (int)id : indexes.GetValueOrDefault(id, ShardBounds.None))];
        }

        public async ValueTask<(byte[]? Text, PgError? Error)> ConvertAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
        {
            var sql = $"SELECT converted, code, message FROM pg_catalog.tangelo_converted($1, '{clientEncoding}', '{encoding}')";
            var rows = new RowListSink();
            await _link.RunAsync(sql, ParameterSet.OneBinary(text).WithBinaryResults(), [Bytea], rows, cancellationToken).ConfigureAwait(false);
            var row = rows.ReadBytes()[0];
            return row[0] is { } converted
                ? (converted, null)
                : (null, new PgError { Code = Encoding.UTF8.GetString(row[1]!), Message = Encoding.UTF8.GetString(row[2]!) });
        }
    }
}
