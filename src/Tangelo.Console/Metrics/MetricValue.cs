namespace Tangelo.Console.Metrics;

/// <summary>How a metric behaves over time.</summary>
internal enum MetricKind
{
    Counter,
    UpDown,
    Gauge,
    Histogram,
}

/// <summary>A value as it was at one moment; <paramref name="Buckets"/> are counts per bound, the last one above all bounds.</summary>
internal sealed record MetricReading(double Sum, long Count, long[] Buckets);

/// <summary>The changing value of one metric with one set of labels.</summary>
internal sealed class MetricValue(int bounds)
{
    private readonly Lock _gate = new();
    private readonly long[] _buckets = new long[bounds + 1];
    private double _sum;
    private long _count;

    public void Set(double value)
    {
        lock (_gate)
            _sum = value;
    }

    public void Add(double value)
    {
        lock (_gate)
            _sum += value;
    }

    public void Observe(double value, ReadOnlySpan<double> bounds)
    {
        var bucket = 0;
        while (bucket < bounds.Length && value > bounds[bucket])
            bucket++;
        lock (_gate)
        {
            _buckets[bucket]++;
            _count++;
            _sum += value;
        }
    }

    public MetricReading Read()
    {
        lock (_gate)
            return new MetricReading(_sum, _count, [.. _buckets]);
    }
}
