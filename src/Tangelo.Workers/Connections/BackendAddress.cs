using System.Net.Sockets;
using Tangelo.Core;
using Tangelo.Protocol.Transport;

namespace Tangelo.Workers.Connections;

/// <summary>Where a backend is and as whom to log in. <paramref name="Host"/> may be a directory of Unix sockets.</summary>
public sealed record BackendAddress(string Host, int Port, string Database, string User, string? Password = null)
{
    /// <summary>
    /// The directory of the server's Unix socket when it is known to run on this machine: half the work of the kernel that TCP is.
    /// </summary>
    public string? SocketDirectory { get; init; }

    /// <summary>How connections over TCP are encrypted, where that stands with the address; null where the cluster's settings say it.</summary>
    public ServerEncryption? Encryption { get; init; }

    /// <summary>host:port, as messages show it.</summary>
    public string Node => $"{Host}:{Port}";

    /// <summary>Reads libpq's "host=... port=... user=... dbname=... password=..." form.</summary>
    public static BackendAddress FromConnectionInfo(string text)
    {
        var values = ConnectionInfo.Parse(text);
        var user = values.GetValueOrDefault("user", "postgres");
        return new BackendAddress(
            values.GetValueOrDefault("host") ?? values.GetValueOrDefault("hostaddr", "127.0.0.1"),
            int.TryParse(values.GetValueOrDefault("port", "5432"), out var port) ? port : 5432,
            values.GetValueOrDefault("dbname", user),
            user,
            values.GetValueOrDefault("password"))
        {
            Encryption = ServerEncryption.From(values),
        };
    }

    /// <summary>The same server, by its Unix socket if it is on this machine and <paramref name="sockets"/> has the directory for its port.</summary>
    public BackendAddress Through(IReadOnlyDictionary<int, string> sockets) =>
        Host is "localhost" or "127.0.0.1" or "::1" ? this with { SocketDirectory = sockets.GetValueOrDefault(Port) } : this;

    /// <summary>Connects by the Unix socket where there is one that answers, else by host and port.</summary>
    /// <param name="encryption">Encrypts the connection, if it is one over TCP; null leaves it as it is.</param>
    /// <param name="timeout">The longest wait.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">08006: nobody answers there, or not as encrypted as it has to be.</exception>
    public async Task<PgTransport> OpenAsync(ServerEncryption? encryption, TimeSpan timeout, CancellationToken cancellation)
    {
        if (SocketDirectory is { } directory)
        {
            try
            {
                return await PgTransport.ConnectAsync(directory, Port, timeout, cancellation).ConfigureAwait(false);
            }
            catch (PgException)
            {
                // TCP may still work, and its failure names the node as users know it.
            }
        }

        var transport = await PgTransport.ConnectAsync(Host, Port, timeout, cancellation).ConfigureAwait(false);
        if (encryption is null || transport.RemoteEndPoint is UnixDomainSocketEndPoint)
            return transport;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            await encryption.EncryptAsync(transport, Host, limit.Token).ConfigureAwait(false);
            return transport;
        }
        catch (Exception e)
        {
            transport.Dispose();
            var reason = e switch
            {
                PgException { Error.Message: var message } => message,
                SocketException lost => lost.Message,
                OperationCanceledException when !cancellation.IsCancellationRequested => "timeout expired",
                _ => null,
            };
            if (reason is null)
                throw;
            throw new PgException(SqlState.ConnectionFailure, $"connection to the remote node {Node} failed with the following error: {reason}", inner: e);
        }
    }

    /// <summary>The same server for Npgsql.</summary>
    public string ToNpgsql(string application)
    {
        var builder = new System.Data.Common.DbConnectionStringBuilder
        {
            ["Host"] = Host,
            ["Port"] = Port,
            ["Database"] = Database,
            ["Username"] = User,
            ["Password"] = Password ?? "",
            ["Application Name"] = application,
        };
        foreach (var (key, value) in (Encryption ?? ServerEncryption.Default).ToNpgsql())
            builder[key] = value;
        return builder.ConnectionString;
    }
}
