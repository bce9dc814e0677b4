using System.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Operators;
using Tangelo.Execution.Parameters;
using Tangelo.Execution.Results;
using Tangelo.Planning.Plans;
using Tangelo.Protocol.Messages;

namespace Tangelo.Server.Sessions;

/// <summary>COPY FROM STDIN of a client into a distributed table, as one transaction over all nodes.</summary>
internal sealed class CopyInRunner(SessionContext context)
{
    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(CopyFromPlan plan, CancellationToken cancellation)
    {
        context.OpenImplicitTransaction();
        using var target = new Target(context, plan);
        var copy = new CopyFromOperator(plan, new Coordinator(context, plan));
        target.Columns = copy.ShardColumns;
        BackendMessages.CopyResponse(context.Client.Out, BackendCode.CopyInResponse, plan.Options.Format == CopyFormat.Binary, plan.Columns.Length);
        await context.Client.FlushAsync(cancellation).ConfigureAwait(false);
        using var source = new ClientCopySource(context);
        var rows = await copy.RunAsync(source, target, cancellation).ConfigureAwait(false);
        return $"COPY {rows}";
    }

    private sealed class Target(SessionContext context, CopyFromPlan plan) : ICopyTarget, IDisposable
    {
        private readonly WorkerCopyTarget _workers = new(context);

        public IReadOnlyList<string> Columns { get; set; } = [];

        public ValueTask<long> WriteAsync(GroupId group, int shardIndex, ReadOnlyMemory<byte> copyData, CancellationToken cancellationToken) =>
            _workers.CopyAsync(plan.Table, Columns, group, shardIndex, copyData, plan.Options.Text, cancellationToken);

        public void Dispose() => _workers.Dispose();
    }

    private sealed class Coordinator(SessionContext context, CopyFromPlan plan) : ICopyCoordinator
    {
        private readonly LinkRunner _link = new(context);
        private byte[]?[]? _first;

        public async ValueTask<IReadOnlyList<byte[]?[]>> NextDefaultsAsync(int count, CancellationToken cancellationToken)
        {
            var binary = plan.Options.Format == CopyFormat.Binary;

            // In binary form a value must have the column's own type.
            var list = plan.CoordinatorDefaults.Select(d => binary ? $"({d.Expression})::{d.TypeName}" : d.Expression);
            var sql = $"SELECT {string.Join(", ", list)} FROM pg_catalog.generate_series(1, {count})";
            var rows = new RowListSink();
            await _link.RunAsync(
                sql, Encoding.UTF8.GetBytes(sql), binary ? ParameterSet.NoneForBinaryResults : ParameterSet.None, [], rows, cancellationToken).ConfigureAwait(false);
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
            if (plan.Options.Format == CopyFormat.Binary)
            {
                var hashes = new int[keys.Count];
                for (var i = 0; i < hashes.Length; i++)
                    hashes[i] = await context.HashByServerAsync(plan.Table, keys[i], binary: true, column.Type, cancellationToken).ConfigureAwait(false);
                return hashes;
            }

            var sql = KeyHashers.HashManySql(column.TypeName);
            var array = "{" + string.Join(',', keys.Select(k => "\"" + Encoding.UTF8.GetString(k).Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"")) + "}";
            var rows = new RowListSink();
            await _link.RunAsync(sql, Encoding.UTF8.GetBytes(sql), ParameterSet.FromText([Encoding.UTF8.GetBytes(array)]), [1009], rows, cancellationToken).ConfigureAwait(false);
            return [.. rows.ReadText().Select(r => int.Parse(r[0]!))];
        }
    }
}
