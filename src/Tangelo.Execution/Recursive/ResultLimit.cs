using System.Globalization;
using Tangelo.Core;
using Tangelo.Execution.Results;

namespace Tangelo.Execution.Recursive;

/// <summary>The setting <c>citus.max_intermediate_result_size</c>, in kB; -1 is no limit.</summary>
internal sealed class ResultLimit
{
    private const string Setting = "citus.max_intermediate_result_size";
    private const long Default = 1 << 20;

    private readonly long _kilobytes;

    private ResultLimit(long kilobytes) => _kilobytes = kilobytes;

    /// <summary>The limit in force.</summary>
    public static async ValueTask<ResultLimit> ReadAsync(IExecutionContext context, CancellationToken cancellation)
    {
        var rows = await context.QueryLinkAsync($"SELECT pg_catalog.current_setting('{Setting}', true)", cancellation).ConfigureAwait(false);
        return new ResultLimit(Parse(rows[0][0]));
    }

    /// <summary>A sink that passes rows on until they are too many.</summary>
    public LimitedSink Around(RowSink sink) => new(sink, this);

    internal static long Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return Default;
        var digits = text.Trim();
        var unit = 1.0;
        foreach (var (name, size) in new[] { ("kB", 1.0), ("MB", 1024.0), ("GB", 1024.0 * 1024), ("TB", 1024.0 * 1024 * 1024), ("B", 1 / 1024.0) })
        {
            if (!digits.EndsWith(name, StringComparison.Ordinal))
                continue;
            digits = digits[..^name.Length].TrimEnd();
            unit = size;
            break;
        }

        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? (long)(value * unit) : Default;
    }

    /// <summary>Counts the bytes of one result.</summary>
    internal sealed class LimitedSink(RowSink inner, ResultLimit limit) : RowSink
    {
        private long _bytes;

        /// <inheritdoc/>
        public override bool TakesPieces => inner.TakesPieces;

        private bool IsExceeded => limit._kilobytes >= 0 && _bytes > limit._kilobytes * 1024;

        /// <inheritdoc/>
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> messages, CancellationToken cancellation)
        {
            _bytes += messages.Length;
            return IsExceeded ? ValueTask.CompletedTask : inner.WriteAsync(messages, cancellation);
        }

        /// <inheritdoc/>
        public override void TaskCompleted() => inner.TaskCompleted();

        /// <exception cref="PgException">53400.</exception>
        public void ThrowIfExceeded()
        {
            if (!IsExceeded)
                return;
            throw new PgException(
                "53400",
                $"the intermediate result size exceeds {Setting} (currently {limit._kilobytes} kB)",
                detail: "A part of this query has to be read before the rest can run, and its rows are more than that.",
                hint: $"Set {Setting} to a higher value, or to -1 for no limit, or let the query read fewer rows.");
        }
    }
}
