using System.Diagnostics.Metrics;
using Tangelo.Console.Metrics;

namespace Tangelo.Console.Tests.Metrics;

public sealed class MetricsCollectorTests : IDisposable
{
    private readonly Meter _meter = new("Tangelo.Test");
    private readonly MetricsCollector _collector = new();

    public void Dispose()
    {
        _collector.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void A_counter_adds_up_for_each_set_of_labels()
    {
        var counter = _meter.CreateCounter<long>("tangelo.statements", description: "Statements by kind.");
        counter.Add(2, new KeyValuePair<string, object?>("kind", "router"));
        counter.Add(3, new KeyValuePair<string, object?>("kind", "router"));
        counter.Add(1, new KeyValuePair<string, object?>("kind", "a\"b\\c\nd"));
        var text = _collector.Render();
        Assert.Contains("# HELP tangelo_statements_total Statements by kind.\n# TYPE tangelo_statements_total counter\n", text);
        Assert.Contains("tangelo_statements_total{kind=\"router\"} 5\n", text);
        Assert.Contains("tangelo_statements_total{kind=\"a\\\"b\\\\c\\nd\"} 1\n", text);
    }

    [Fact]
    public void An_observable_counter_shows_its_present_value()
    {
        var value = 7L;
        _meter.CreateObservableCounter("tangelo.rows", () => value);
        _collector.Render();
        value = 9;
        Assert.Contains("tangelo_rows_total 9\n", _collector.Render());
    }

    [Fact]
    public void An_up_down_counter_is_a_gauge_that_falls_too()
    {
        var sessions = _meter.CreateUpDownCounter<int>("tangelo.sessions");
        sessions.Add(3);
        sessions.Add(-1);
        var text = _collector.Render();
        Assert.Contains("# TYPE tangelo_sessions gauge\n", text);
        Assert.Contains("tangelo_sessions 2\n", text);
    }

    [Fact]
    public void A_histogram_counts_what_lies_at_or_below_each_bound()
    {
        var histogram = _meter.CreateHistogram(
            "tangelo.duration", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        histogram.Record(0.1);
        histogram.Record(0.5);
        histogram.Record(3);
        var text = _collector.Render();
        Assert.Contains(
            """
            # TYPE tangelo_duration_seconds histogram
            tangelo_duration_seconds_bucket{le="0.1"} 1
            tangelo_duration_seconds_bucket{le="1"} 2
            tangelo_duration_seconds_bucket{le="+Inf"} 3
            tangelo_duration_seconds_sum 3.6
            tangelo_duration_seconds_count 3

            """,
            text);
    }

    [Fact]
    public void Other_meters_are_left_out()
    {
        using var other = new Meter("Elsewhere");
        other.CreateCounter<int>("elsewhere.things").Add(1);
        Assert.DoesNotContain("elsewhere", _collector.Render());
    }
}
