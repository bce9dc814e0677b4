using System.Globalization;
using Tangelo.Core;
using Tangelo.Protocol.Transport;

namespace Tangelo.Workers.Connections;

/// <summary>How a router finds out that a server is silent, in libpq's words: it is told by nobody when a machine or the way there is gone.</summary>
/// <param name="Limits">What TCP does about it.</param>
public sealed record ServerLiveness(TcpLimits Limits)
{
    private static readonly TimeSpan UsualIdle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(5);
    private const int UsualCount = 4;

    /// <summary>What holds where nothing is said: half a minute.</summary>
    public static ServerLiveness Default { get; } = new(new TcpLimits(UsualIdle, UsualInterval, UsualCount, TimeSpan.Zero));

    /// <summary>How long a server may be silent; null for as long as TCP goes on.</summary>
    public TimeSpan? Silence => Limits.Asks ? Limits.Idle + (Limits.Interval * Limits.Count) : null;

    /// <summary>Reads keepalives, keepalives_idle, keepalives_interval, keepalives_count and tcp_user_timeout. 0 is the same as nothing.</summary>
    /// <param name="values">Keywords and their values.</param>
    /// <exception cref="PgException">22023: no number.</exception>
    public static ServerLiveness From(IReadOnlyDictionary<string, string> values)
    {
        TimeSpan Seconds(string key, TimeSpan usual) => Number(key, 0) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : usual;
        int Number(string key, int otherwise) => values.GetValueOrDefault(key) is not { Length: > 0 } text ? otherwise
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
            : throw new PgException(SqlState.InvalidParameterValue, $"invalid integer value \"{text}\" for connection option \"{key}\"");

        var count = Number("keepalives_count", 0);
        return new ServerLiveness(new TcpLimits(
            Seconds("keepalives_idle", UsualIdle), Seconds("keepalives_interval", UsualInterval), count > 0 ? count : UsualCount,
            TimeSpan.FromMilliseconds(Math.Max(0, Number("tcp_user_timeout", 0))))
        {
            Asks = Number("keepalives", 1) != 0,
        });
    }

    /// <summary>The same for Npgsql, whose statements have a limit of their own.</summary>
    public IEnumerable<KeyValuePair<string, object>> ToNpgsql()
    {
        if (!Limits.Asks)
            yield break;
        yield return new("Tcp Keepalive", true);
        yield return new("Tcp Keepalive Time", (int)Limits.Idle.TotalSeconds);
        yield return new("Tcp Keepalive Interval", (int)Limits.Interval.TotalSeconds);
    }
}
