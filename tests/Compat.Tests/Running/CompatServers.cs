using System.Globalization;
using Tangelo.Compat.Tests.Wire;

namespace Tangelo.Compat.Tests.Running;

/// <summary>
/// The servers of one test run. COMPAT_PLAIN and COMPAT_CLUSTER, as host:port, name servers that already run; what is
/// not named is started.
/// </summary>
public sealed class CompatServers : IAsyncLifetime
{
    private LocalPostgres? _started;
    private LocalPostgres? _second;

    internal ServerPair Pair { get; private set; } = null!;

    /// <summary>Two databases of the plain server, between which there are no differences but those that a test makes.</summary>
    internal async Task<ServerPair> TwoPlainDatabasesAsync()
    {
        var other = Pair.Plain with { Database = "compat_other" };
        await using var session = await WireSession.OpenAsync(Pair.Plain, CancellationToken.None);
        var answer = await session.QueryAsync($"CREATE DATABASE {other.Database}", null, CancellationToken.None);
        if (answer.FirstError is { SqlState: not "42P04" } error)
            throw new IOException(error.ToString());
        return new ServerPair(Pair.Plain, other, IsCluster: false);
    }

    public async Task InitializeAsync()
    {
        var plain = Named("COMPAT_PLAIN") ?? (_started = await LocalPostgres.StartAsync()).Address;
        var cluster = Named("COMPAT_CLUSTER");
        var second = cluster ?? (_second = await LocalPostgres.StartAsync()).Address;
        Pair = new ServerPair(plain, second, cluster is not null);
    }

    public async Task DisposeAsync()
    {
        if (_started is not null)
            await _started.DisposeAsync();
        if (_second is not null)
            await _second.DisposeAsync();
    }

    private static ServerAddress? Named(string variable)
    {
        if (Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } value)
            return null;
        var parts = value.Split(':');
        return new ServerAddress(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
    }
}
