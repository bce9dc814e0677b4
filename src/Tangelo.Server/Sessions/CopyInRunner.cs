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
    // Encodings of clients only: the second byte of a character may look like a delimiter or a backslash.
    private static readonly string[] UnsafeEncodings = ["SJIS", "SHIFTJIS2004", "BIG5", "GBK", "UHC", "GB18030", "JOHAB"];

    private readonly CopyStatementCheck _check = new(context);

    /// <returns>The command tag.</returns>
    public async ValueTask<string> RunAsync(CopyFromPlan plan, CancellationToken cancellation)
    {
        context.OpenImplicitTransaction();
        await _check.RunAsync(plan, cancellation).ConfigureAwait(false);
        var encoding = plan.Options.Encoding ?? context.ClientEncoding;
        if (plan.Options.Format != CopyFormat.Binary && UnsafeEncodings.Contains(Plain(encoding)))
        {
            throw new PgException(
                SqlState.FeatureNotSupported, $"COPY FROM into a distributed table cannot read the encoding \"{encoding}\"", hint: "Convert the data to UTF8, or use the binary format.");
        }

        using var target = new Target(context, plan);
        var asStored = plan.Options.Encoding is null ? context.ValuesComeAsStored : Plain(encoding) == Plain(context.Parameters["server_encoding"]);
        var copy = new CopyFromOperator(plan, new Coordinator(context, plan, encoding), new CopyFromSettings { KeysComeAsStored = asStored });
        target.Columns = copy.ShardColumns;
        BackendMessages.CopyResponse(context.Client.Out, BackendCode.CopyInResponse, plan.Options.Format == CopyFormat.Binary, plan.Columns.Length);
        await context.Client.FlushAsync(cancellation).ConfigureAwait(false);
        using var source = new ClientCopySource(context);
        var rows = await copy.RunAsync(source, target, cancellation).ConfigureAwait(false);
        return $"COPY {rows}";
    }

    /// <summary>An encoding's name as PostgreSQL compares it.</summary>
    private static string Plain(string encoding)
    {
        var plain = string.Concat(encoding.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return plain switch
        {
            "UNICODE" => "UTF8",
            "MSKANJI" or "SHIFTJIS" or "WIN932" or "WINDOWS932" => "SJIS",
            "WIN950" or "WINDOWS950" => "BIG5",
            "WIN936" or "WINDOWS936" => "GBK",
            "WIN949" or "WINDOWS949" => "UHC",
            _ => plain,
        };
    }

    private sealed class Target(SessionContext context, CopyFromPlan plan) : ICopyTarget, IDisposable
    {
        private readonly WorkerCopyTarget _workers = new(context);

        public IReadOnlyList<string> Columns { get; set; } = [];

        public ValueTask<long> WriteAsync(GroupId group, int shardIndex, ReadOnlyMemory<byte> copyData, CancellationToken cancellationToken) =>
            _workers.CopyAsync(plan.Table, Columns, group, shardIndex, copyData, plan.Options.Text, cancellationToken);

        public void Dispose() => _workers.Dispose();
    }

    private sealed class Coordinator(SessionContext context, CopyFromPlan plan, string encoding) : ICopyCoordinator
    {
        private const uint ByteaArray = 1001;

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

            // As bytes, for the data may be in another encoding than the session's texts.
            var sql = KeyHashers.HashManySql(column.TypeName, encoding == "SQL_ASCII" ? context.Parameters["server_encoding"] : encoding);
            var array = "{" + string.Join(',', keys.Select(k => "\"\\\\x" + Convert.ToHexString(k) + "\"")) + "}";
            var rows = new RowListSink();
            await _link.RunAsync(sql, Encoding.UTF8.GetBytes(sql), ParameterSet.FromText([Encoding.UTF8.GetBytes(array)]), [ByteaArray], rows, cancellationToken).ConfigureAwait(false);
            return [.. rows.ReadText().Select(r => int.Parse(r[0]!))];
        }
    }
}
