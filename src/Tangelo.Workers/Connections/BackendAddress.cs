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
            values.GetValueOrDefault("password"));
    }

    /// <summary>The same server, by its Unix socket if it is on this machine and <paramref name="sockets"/> has the directory for its port.</summary>
    public BackendAddress Through(IReadOnlyDictionary<int, string> sockets) =>
        Host is "localhost" or "127.0.0.1" or "::1" ? this with { SocketDirectory = sockets.GetValueOrDefault(Port) } : this;

    /// <summary>Connects by the Unix socket where there is one that answers, else by host and port.</summary>
    /// <exception cref="PgException">08006: nobody answers there.</exception>
    public async Task<PgTransport> OpenAsync(TimeSpan timeout, CancellationToken cancellation)
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
        return await PgTransport.ConnectAsync(Host, Port, timeout, cancellation).ConfigureAwait(false);
    }

    /// <summary>The same server for Npgsql.</summary>
    public string ToNpgsql(string application) =>
        new System.Data.Common.DbConnectionStringBuilder
        {
            ["Host"] = Host,
            ["Port"] = Port,
            ["Database"] = Database,
            ["Username"] = User,
            ["Password"] = Password ?? "",
            ["Application Name"] = application,
        }.ConnectionString;
}
