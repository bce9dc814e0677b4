using Tangelo.Compat.Tests.Scripts;
using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Running;

/// <summary>The exchanges that a step takes in a protocol mode.</summary>
internal static class Rounds
{
    private const string Prepared = "compat_prepared";

    public static IEnumerable<Round> Of(Compared step, ProtocolMode mode) => step switch
    {
        Batch batch => [new Round("batch", (s, _, c) => s.QueryAsync(batch.Sql, null, c))],
        Pipeline pipeline => [new Round("pipeline", (s, _, c) => s.RunAsync(Messages(pipeline), null, c))],
        SingleStatement { Options.Parameters.Count: > 0 } single
            => mode == ProtocolMode.Simple ? PreparedInSql(single) : PreparedInProtocol(single),
        SingleStatement single when mode == ProtocolMode.Simple
            => [new Round("simple", (s, side, c) => s.QueryAsync(single.Sql, Copy(single, side, false), c))],
        SingleStatement single => Extended(single),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private static IEnumerable<Round> Extended(SingleStatement single)
    {
        var maxRows = single.Options.MaxRows;
        yield return new Round("extended", (s, side, c) => s.ExtendedAsync(single.Sql, 0, maxRows, Copy(single, side, true), c));
        if (SqlText.ReturnsRows(single.Sql))
            yield return new Round("extended binary", (s, _, c) => s.ExtendedAsync(single.Sql, 1, maxRows, null, c));
    }

    private static CopyInput? Copy(SingleStatement single, Side side, bool isExtended) => single switch
    {
        { Options.CopiesBack: true } => new CopyInput(side.CopiedOut, isExtended),
        { CopyData: { } data } => new CopyInput(data, isExtended),
        _ => null,
    };

    private static FrontendBuffer Messages(Pipeline pipeline)
    {
        var messages = new FrontendBuffer();
        foreach (var sql in pipeline.Statements)
            messages.Parse("", sql).Bind("", [], 0).DescribePortal().Execute(0);
        return messages.Sync();
    }

    private static IEnumerable<Round> PreparedInSql(SingleStatement single)
    {
        yield return new Round("PREPARE", (s, _, c) => s.QueryAsync($"PREPARE {Prepared} AS {single.Sql}", null, c));
        foreach (var values in single.Options.Parameters)
        {
            var list = string.Join(", ", values.Select(v => v is null ? "NULL" : "'" + v.Replace("'", "''", StringComparison.Ordinal) + "'"));
            yield return new Round($"EXECUTE ({list})", (s, _, c) => s.QueryAsync($"EXECUTE {Prepared}({list})", null, c));
        }
        yield return new Round("DEALLOCATE", (s, _, c) => s.QueryAsync($"DEALLOCATE {Prepared}", null, c));
    }

    private static IEnumerable<Round> PreparedInProtocol(SingleStatement single)
    {
        yield return new Round("parse", (s, _, c) => s.RunAsync(
            new FrontendBuffer().Parse(Prepared, single.Sql).DescribeStatement(Prepared).Sync(), null, c));
        foreach (var values in single.Options.Parameters)
        {
            foreach (var format in SqlText.ReturnsRows(single.Sql) ? new short[] { 0, 1 } : [0])
            {
                yield return new Round($"bind ({string.Join(", ", values)}) format {format}", (s, _, c) => s.RunAsync(
                    new FrontendBuffer().Bind(Prepared, values, format).DescribePortal().Execute(0).Sync(), null, c));
            }
        }
        yield return new Round("close", (s, _, c) => s.RunAsync(new FrontendBuffer().CloseStatement(Prepared).Sync(), null, c));
    }
}
