using System.Globalization;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Tangelo.Core;
using Tangelo.Protocol.Messages;
using Tangelo.Protocol.Transport;
using Tangelo.Server.Hosting;
using Tangelo.Server.Links;
using Tangelo.Server.Loopback;
using Tangelo.Workers.Connections;
using Tangelo.Workers.Transactions;

namespace Tangelo.Server.Sessions;

/// <summary>Takes a new connection through start-up and hands it to a session, a loopback session or the canceller.</summary>
internal sealed partial class ClientAcceptor(RouterState router)
{
    private const int NewestMinorVersion = 0;
    private static readonly TimeSpan StartupTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Serves a connection to its end. Never throws.</summary>
    public async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        using var transport = new PgTransport(socket);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            limit.CancelAfter(StartupTimeout);
            if (await NegotiateAsync(transport, limit.Token).ConfigureAwait(false) is { } startup)
                await ServeStartedAsync(transport, startup, stopping).ConfigureAwait(false);
        }
        catch (PgException e)
        {
            await RefuseAsync(transport, e.Error).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (router.Draining.IsCancellationRequested && transport.Out.Length == 0)
        {
            // Where something is left in the buffer, a part of it may be under way.
            await RefuseAsync(transport, new PgError { Code = SqlState.AdminShutdown, Message = "terminating connection due to administrator command" }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException or IOException)
        {
            // The client went away, or the router stops.
        }
        catch (Exception e)
        {
            LogFailure(router.Log, e);
            await RefuseAsync(transport, new PgError { Severity = "FATAL", Message = $"internal error: {e.Message}" }).ConfigureAwait(false);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A session ended with an unexpected exception")]
    private static partial void LogFailure(ILogger log, Exception exception);

    private static async Task RefuseAsync(PgTransport transport, PgError error)
    {
        try
        {
            ErrorFields.Write(transport.Out, error with { Severity = "FATAL" });
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await transport.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody is there to be told.
        }
    }

    /// <summary>Answers encryption and cancel requests; the packet that starts a session, or null when there is none.</summary>
    private async Task<StartupPacket?> NegotiateAsync(PgTransport transport, CancellationToken cancellation)
    {
        var refused = new HashSet<int>();
        while (await StartupPacket.ReadAsync(transport, cancellation).ConfigureAwait(false) is { } packet)
        {
            switch (packet.Code)
            {
                case FrontendCode.SslRequest when transport.Tls is null && router.Authenticator.Tls is { } tls:
                    transport.Out.WriteByte((byte)'S');
                    await transport.FlushAsync(cancellation).ConfigureAwait(false);
                    if (transport.In.Length > 0)
                        throw Unencrypted("SSL");
                    await transport.EncryptAsServerAsync(tls, cancellation).ConfigureAwait(false);
                    continue;
                case FrontendCode.SslRequest or FrontendCode.GssEncRequest when refused.Add(packet.Code):
                    transport.Out.WriteByte((byte)'N');
                    await transport.FlushAsync(cancellation).ConfigureAwait(false);
                    if (transport.In.Length > 0)
                        throw Unencrypted(packet.Code == FrontendCode.SslRequest ? "SSL" : "GSSAPI encryption");
                    continue;
                case FrontendCode.CancelRequest:
                    await router.Cancels.CancelAsync(packet.CancelPid, packet.CancelSecret, cancellation).ConfigureAwait(false);
                    return null;
                default:
                    return packet.IsVersion3
                        ? packet
                        : throw new PgException(SqlState.FeatureNotSupported, $"unsupported frontend protocol {packet.Code >> 16}.{packet.MinorVersion}: server supports 3.0 to 3.{NewestMinorVersion}");
            }
        }

        return null;
    }

    private static PgException Unencrypted(string request) => new(
        SqlState.ProtocolViolation,
        $"received unencrypted data after {request} request",
        "This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.");

    private async Task ServeStartedAsync(PgTransport transport, StartupPacket startup, CancellationToken stopping)
    {
        var unknown = startup.Parameters.Keys.Where(k => k.StartsWith("_pq_.", StringComparison.Ordinal)).ToList();
        foreach (var option in unknown)
            startup.Parameters.Remove(option);
        if (startup.MinorVersion > NewestMinorVersion || unknown.Count > 0)
            BackendMessages.NegotiateProtocolVersion(transport.Out, NewestMinorVersion, unknown);

        var user = startup.Parameters.GetValueOrDefault("user") ?? "";
        if (user.Length == 0)
            throw new PgException(SqlState.InvalidAuthorization, "no PostgreSQL user name specified in startup packet");
        var databaseName = startup.Parameters.GetValueOrDefault("database") is { Length: > 0 } given ? given : user;
        if (startup.Parameters.GetValueOrDefault("application_name") is { } application
            && application.StartsWith(LoopbackSession.ApplicationPrefix, StringComparison.Ordinal))
        {
            await new LoopbackSession(router, transport).ServeAsync(application, user, databaseName, stopping).ConfigureAwait(false);
            return;
        }

        if (router.Draining.IsCancellationRequested)
            throw new PgException(SqlState.CannotConnectNow, "the database system is shutting down");
        if (router.Options.MaxClients is > 0 and var most && router.Sessions.Count >= most)
            throw new PgException(SqlState.TooManyConnections, "sorry, too many clients already");
        var shown = await AuthenticateAsync(transport, user, databaseName, startup.Parameters.GetValueOrDefault("application_name"), stopping).ConfigureAwait(false);
        if (shown is not null)
            router.Pools.Credentials.Learn(user, shown);

        // What stands in "options" would lose against it.
        if (startup.Parameters.GetValueOrDefault("options")?.Contains(RouterLiveness.SettingName, StringComparison.OrdinalIgnoreCase) != true)
            startup.Parameters.TryAdd(RouterLiveness.SettingName, RouterLiveness.Interval);

        // PostgreSQL itself decides whether this role may use this database, and tells its parameters.
        var address = router.Coordinator with { User = user, Database = databaseName };
        using var lease = router.Links is { } links && !startup.Parameters.ContainsKey("replication")
            ? await LinkPlace.LogInAsync(router, links, address, startup.Parameters, shown, stopping).ConfigureAwait(false)
            : new LinkLease(await router.Pools.Credentials.ConnectAsync(address, startup.Parameters, stopping, SessionSettings.UsualPatience, shown).ConfigureAwait(false));
        var told = (await lease.Connection.QueryAsync(ClientLimits.Sql, stopping).ConfigureAwait(false))[0];
        transport.Limit(ClientLimits.Of(told));
        lease.Connection.ProcessStart = told[^1];
        var database = await DatabaseOfAsync(lease.Connection, databaseName, stopping).ConfigureAwait(false);
        using var admitted = router.Sessions.Admit(isSuperuser: lease.Parameters.GetValueOrDefault("is_superuser") == "on", router.Limits.Clients);
        var session = new ClientSession(new SessionContext(router, database, user, lease, transport));
        try
        {
            await session.ServeAsync(stopping).ConfigureAwait(false);
        }
        catch (PgException e) when (lease.Fatal is { } fatal && e.Error != fatal)
        {
            // The link is the client's own backend: its end is told in its own words.
            throw new PgException(fatal, e);
        }
        catch (PgException e) when (!lease.IsHealthy && lease.Fatal is null && e.Error.Code == SqlState.ConnectionFailure)
        {
            throw new PgException(SqlState.AdminShutdown, "terminating connection because its backend on the coordinator is gone", e.Error.Message, inner: e);
        }
    }

    private async Task<BackendCredentials?> AuthenticateAsync(
        PgTransport transport, string user, string database, string? application, CancellationToken stopping)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(StartupTimeout);
        return await router.Authenticator.AuthenticateAsync(transport, user, database, application, limit.Token).ConfigureAwait(false);
    }

    // A database may have been dropped, and another made with its name. The routers' own cannot be dropped while they run.
    private async Task<DatabaseState> DatabaseOfAsync(BackendConnection link, string name, CancellationToken cancellation)
    {
        if (name == router.Coordinator.Database)
            return await router.DatabaseAsync(name).ConfigureAwait(false);
        var rows = await link.QueryAsync(
            "SELECT oid, pg_catalog.to_regclass('pg_catalog.tangelo_migration') IS NOT NULL FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()",
            cancellation).ConfigureAwait(false);
        var database = await router.DatabaseAsync(name, new Oid(uint.Parse(rows[0][0]!, CultureInfo.InvariantCulture))).ConfigureAwait(false);

        // Another router may have taken it into a cluster since it was loaded.
        if (rows[0][1] == "t" && !database.IsInstalled)
            await router.InstallAsync(database, cancellation).ConfigureAwait(false);
        return database;
    }
}
