namespace Tangelo.Harness.Wire;

/// <summary>Where a server listens and as whom to connect; the servers of the tests trust everyone.</summary>
internal sealed record ServerAddress(string Host, int Port, string Database = "postgres", string User = "postgres")
{
    private static int _turn;

    /// <summary>Where other routers of the same cluster listen: sessions go to all of them in turn.</summary>
    public IReadOnlyList<int> OtherPorts { get; init; } = [];

    public string ConnectionString => $"Host={Host};Port={Port};Username={User};Database={Database}";

    /// <summary>Where the next session goes.</summary>
    public int NextPort() => OtherPorts.Count == 0 ? Port : Interlocked.Increment(ref _turn) % (OtherPorts.Count + 1) is > 0 and var other ? OtherPorts[other - 1] : Port;
}
