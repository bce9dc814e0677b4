using System.Collections.Concurrent;
using Npgsql;
using Tangelo.Workers.Connections;

namespace Tangelo.Server.Hosting;

/// <summary>The administrative connections to the coordinator for one database: to the server that is the primary now, where the coordinator is several.</summary>
/// <param name="coordinator">The coordinator, with the database.</param>
/// <param name="primaries">Tells which of its servers is the primary.</param>
/// <param name="application">The application name.</param>
internal sealed class CoordinatorSources(BackendAddress coordinator, RoleCredentials primaries, string application) : IAsyncDisposable
{
    private const string Options = ";Maximum Pool Size=20;No Reset On Close=false";

    private readonly ConcurrentDictionary<(string Host, int Port), Lazy<NpgsqlDataSource>> _sources = new();

    /// <summary>The present one.</summary>
    public NpgsqlDataSource Current
    {
        get
        {
            var server = primaries.PrimaryOf(coordinator);
            return _sources.GetOrAdd(
                (server.Host, server.Port), (_, address) => new Lazy<NpgsqlDataSource>(() => NpgsqlDataSource.Create(address.ToNpgsql(application) + Options)), server).Value;
        }
    }

    /// <summary>Closes the connections that wait for their next use.</summary>
    public void CloseIdle()
    {
        using var any = Current.CreateConnection();
        NpgsqlConnection.ClearPool(any);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var source in _sources.Values)
            await source.Value.DisposeAsync().ConfigureAwait(false);
    }
}
