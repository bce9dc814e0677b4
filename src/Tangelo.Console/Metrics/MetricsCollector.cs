using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Tangelo.Console.Metrics;

/// <summary>
/// Adds up what the process's meters report: Tangelo's own (names that begin with <c>Tangelo</c>) and the runtime's. An
/// instrument that reports for every statement is better an observable one, which is asked only when somebody looks.
/// </summary>
public sealed class MetricsCollector : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricSeries> _series = new();

    public MetricsCollector()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith("Tangelo", StringComparison.Ordinal) || instrument.Meter.Name == "System.Runtime")
                listener.EnableMeasurementEvents(instrument, _series.GetOrAdd(instrument, i => new MetricSeries(i)));
        };
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Record(state, value, tags));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, state) => Record(state, (double)value, tags));
        _listener.Start();
    }

    /// <summary>Every series in Prometheus' text format, version 0.0.4.</summary>
    public string Render()
    {
        _listener.RecordObservableInstruments();
        var text = new PrometheusText();
        foreach (var series in _series.Values.OrderBy(s => s.Name, StringComparer.Ordinal))
            series.WriteTo(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static void Record(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        ((MetricSeries)state!).Record(value, PrometheusText.Labels(tags));
}
