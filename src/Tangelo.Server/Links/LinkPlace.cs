using Tangelo.Core;
using Tangelo.Server.Hosting;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Links;

/// <summary>Where the links of one session come from: the router's pool, and how this session's are opened.</summary>
internal sealed class LinkPlace(RouterState router, CoordinatorLinks links, LinkKey key, BackendAddress address, IReadOnlyDictionary<string, string> parameters)
{
    // Thousands of sessions have been told the same.
    private static readonly BoundedCache<string, IReadOnlyDictionary<string, string>> Kept = new(1000);

    public CoordinatorLinks Links => links;

    /// <summary>Opens the link on which a client logs in: PostgreSQL itself decides whether it may.</summary>
    public static async Task<LinkLease> LogInAsync(
        RouterState router, CoordinatorLinks links, BackendAddress address, Dictionary<string, string> parameters, BackendCredentials? credentials, CancellationToken cancellation)
    {
        await links.EnterAsync(cancellation).ConfigureAwait(false);
        links.MakeRoom();
        var link = await OpenAsync(router, links, address, parameters, credentials, cancellation).ConfigureAwait(false);
        return new LinkLease(new LinkPlace(router, links, link.Key, address, parameters), link);
    }

    /// <summary>A link for the session, as somebody else has left it.</summary>
    /// <exception cref="PgException">None could be had.</exception>
    public async ValueTask<CoordinatorLink> LendAsync(LinkLease session, CancellationToken cancellation)
    {
        await links.EnterAsync(cancellation).ConfigureAwait(false);
        if (links.TakeIdle(key, session) is { } idle)
            return idle;
        CoordinatorLink opened;
        try
        {
            opened = await OpenAsync(router, links, address, parameters, null, cancellation).ConfigureAwait(false);
        }
        catch (PgException e) when (e.Error is { Severity: "FATAL", Code: SqlState.TooManyConnections or SqlState.CannotConnectNow })
        {
            throw new PgException(e.Error with { Severity = "ERROR", Where = "connecting to the coordinator" }, e);
        }

        if (opened.Key.IsSameRole(key))
            return opened;
        opened.Dispose();
        links.Leave();
        throw new PgException(new PgError { Severity = "FATAL", Code = SqlState.AdminShutdown, Message = "terminating connection because its role or database was dropped" });
    }

    // For one who has a place, which is given back when it fails.
    private static async Task<CoordinatorLink> OpenAsync(
        RouterState router, CoordinatorLinks links, BackendAddress address, IReadOnlyDictionary<string, string> parameters, BackendCredentials? credentials,
        CancellationToken cancellation)
    {
        BackendConnection? connection = null;
        try
        {
            connection = await router.Pools.Credentials.ConnectAsync(address, parameters, cancellation, SessionSettings.UsualPatience, credentials).ConfigureAwait(false);
            return new CoordinatorLink(connection, await LinkKey.OfAsync(connection, parameters, cancellation).ConfigureAwait(false));
        }
        catch
        {
            connection?.Dispose();
            links.Leave();
            throw;
        }
    }

    /// <summary>What a session is to keep of a link's reports.</summary>
    public IReadOnlyDictionary<string, string> Keep(IReadOnlyDictionary<string, string> reported) =>
        Kept.GetOrAdd(string.Join('\0', reported.Select(p => $"{p.Key}={p.Value}")), _ => new Dictionary<string, string>(reported));
}
