using System.Globalization;
using System.Text;

namespace Tangelo.Console.Metrics;

/// <summary>Writes Prometheus' text format.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new();

    /// <summary>The name Prometheus users expect: underscores, the unit written out, <c>_total</c> for counters.</summary>
    public static string Name(string instrument, string? unit, MetricKind kind)
    {
        var name = string.Concat(instrument.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        var suffix = unit switch { "s" => "_seconds", "ms" => "_milliseconds", "By" => "_bytes", _ => "" };
        if (!name.EndsWith(suffix, StringComparison.Ordinal))
            name += suffix;
        return kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    /// <summary><c>a="1",b="2"</c>, or nothing.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
            return "";
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (text.Length > 0)
                text.Append(',');
            text.Append(Name(key, null, MetricKind.Gauge)).Append("=\"").Append(Escape($"{value}").Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
        }
        return text.ToString();
    }

    public void Header(string name, string help, MetricKind kind)
    {
        var type = kind switch { MetricKind.Counter => "counter", MetricKind.Histogram => "histogram", _ => "gauge" };
        _text.Append($"# HELP {name} {Escape(help)}\n# TYPE {name} {type}\n");
    }

    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
            _text.Append('{').Append(labels).Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    public void Histogram(string name, string labels, ReadOnlySpan<double> bounds, MetricReading reading)
    {
        var separator = labels.Length > 0 ? "," : "";
        long below = 0;
        for (var i = 0; i < reading.Buckets.Length; i++)
        {
            below += reading.Buckets[i];
            var bound = i < bounds.Length ? Number(bounds[i]) : "+Inf";
            Sample($"{name}_bucket", $"{labels}{separator}le=\"{bound}\"", below);
        }
        Sample($"{name}_sum", labels, reading.Sum);
        Sample($"{name}_count", labels, reading.Count);
    }

    public override string ToString() => _text.ToString();

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
