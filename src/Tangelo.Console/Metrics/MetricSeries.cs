using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Tangelo.Console.Metrics;

/// <summary>One instrument's values, one for each set of labels.</summary>
internal sealed class MetricSeries
{
    // Seconds, from a key look-up to a report.
    private static readonly double[] DefaultBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<string, MetricValue> _values = new();
    private readonly MetricKind _kind;
    private readonly bool _isObservable;
    private readonly string _help;
    private readonly double[] _bounds;

    public MetricSeries(Instrument instrument)
    {
        _kind = KindOf(instrument);
        _isObservable = instrument.IsObservable;
        _help = instrument.Description ?? instrument.Name;
        _bounds = BoundsOf(instrument);
        Name = PrometheusText.Name(instrument.Name, instrument.Unit, _kind);
    }

    public string Name { get; }

    public void Record(double value, string labels)
    {
        var cell = _values.GetOrAdd(labels, static (_, bounds) => new MetricValue(bounds.Length), _bounds);
        if (_kind == MetricKind.Histogram)
            cell.Observe(value, _bounds);
        else if (_isObservable || _kind == MetricKind.Gauge)
            cell.Set(value);
        else
            cell.Add(value);
    }

    public void WriteTo(PrometheusText text)
    {
        if (_values.IsEmpty)
            return;
        text.Header(Name, _help, _kind);
        foreach (var (labels, value) in _values.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (_kind == MetricKind.Histogram)
                text.Histogram(Name, labels, _bounds, value.Read());
            else
                text.Sample(Name, labels, value.Read().Sum);
        }
    }

    // An up-down counter is added up like a counter but may fall, so a reader must see a gauge.
    private static MetricKind KindOf(Instrument instrument) => instrument.GetType().GetGenericTypeDefinition() switch
    {
        var type when type == typeof(Histogram<>) => MetricKind.Histogram,
        var type when type == typeof(Counter<>) || type == typeof(ObservableCounter<>) => MetricKind.Counter,
        var type when type == typeof(UpDownCounter<>) => MetricKind.UpDown,
        _ => MetricKind.Gauge,
    };

    private static double[] BoundsOf(Instrument instrument) => instrument switch
    {
        Histogram<double> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds],
        Histogram<long> { Advice.HistogramBucketBoundaries: { } bounds } => [.. bounds.Select(b => (double)b)],
        _ => DefaultBounds,
    };
}
