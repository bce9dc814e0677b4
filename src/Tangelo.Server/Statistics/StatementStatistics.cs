using System.Collections.Concurrent;
using System.Diagnostics;

namespace Tangelo.Server.Statistics;

/// <summary>Counts and times of distributed statements by their normalised text: what <c>citus_stat_statements</c> shows.</summary>
internal sealed class StatementStatistics
{
    /// <summary>How many different statements are kept; new ones beyond that are not counted.</summary>
    public const int Capacity = 5000;

    private readonly ConcurrentDictionary<(string Database, string User, string Query, string Executor), StatementCounters> _counters = new();

    /// <summary>Snapshot of all counters.</summary>
    public IEnumerable<KeyValuePair<(string Database, string User, string Query, string Executor), StatementCounters>> All => _counters;

    public void Reset() => _counters.Clear();

    /// <summary>The counters of a statement, or null when there is no room for another one.</summary>
    public StatementCounters? For(string database, string user, string query, string executor) =>
        _counters.TryGetValue((database, user, query, executor), out var known) ? known
            : _counters.Count >= Capacity ? null
            : _counters.GetOrAdd((database, user, query, executor), _ => new StatementCounters());
}

/// <summary>Running totals of one statement; times in milliseconds.</summary>
internal sealed class StatementCounters
{
    private readonly Lock _lock = new();
    private double _sumOfSquares;

    public long Calls { get; private set; }

    public long Rows { get; private set; }

    public double TotalTime { get; private set; }

    public double MinTime { get; private set; }

    public double MaxTime { get; private set; }

    public double MeanTime => Calls == 0 ? 0 : TotalTime / Calls;

    /// <summary>Standard deviation of the population, as pg_stat_statements gives it.</summary>
    public double DeviationOfTime { get { lock (_lock) return Calls == 0 ? 0 : Math.Sqrt(_sumOfSquares / Calls); } }

    public void Add(long startedAt, long rows)
    {
        var time = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        lock (_lock)
        {
            // Welford's update keeps the deviation exact without keeping the values.
            var before = MeanTime;
            Calls++;
            Rows += rows;
            TotalTime += time;
            MinTime = Calls == 1 ? time : Math.Min(MinTime, time);
            MaxTime = Math.Max(MaxTime, time);
            _sumOfSquares += (time - before) * (time - MeanTime);
        }
    }
}
