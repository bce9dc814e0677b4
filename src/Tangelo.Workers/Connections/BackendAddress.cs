using System.Globalization;
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

    /// <summary>How it is found out that the server is silent, where that stands with the address; null where the cluster's settings say it.</summary>
    public ServerLiveness? Liveness { get; init; }

    /// <summary>host:port, as messages show it.</summary>
    public string Node => NodeHosts.HavePorts(Host) ? Host : $"{Host}:{Port}";

    /// <summary>Reads libpq's "host=... port=... user=... dbname=... password=..." form. Host and port may be lists: several servers, one of which is the primary.</summary>
    /// <exception cref="PgException">22023: something cannot be read.</exception>
    public static BackendAddress FromConnectionInfo(string text)
    {
        var values = ConnectionInfo.Parse(text);
        var user = values.GetValueOrDefault("user", "postgres");
        var (host, port) = Servers(values.GetValueOrDefault("host") ?? values.GetValueOrDefault("hostaddr", "127.0.0.1"), values.GetValueOrDefault("port", "5432"));
        return new BackendAddress(host, port, values.GetValueOrDefault("dbname", user), user, values.GetValueOrDefault("password"))
        {
            Encryption = ServerEncryption.From(values),
            Liveness = ServerLiveness.From(values),
        };
    }

    // As libpq has it: one port for all hosts, or as many as there are hosts. As NodeHosts has it: host:port,host:port.
    private static (string Host, int Port) Servers(string hosts, string ports)
    {
        int Port(string port) => port.Trim() is var trimmed && trimmed.Length == 0 ? 5432
            : int.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= ushort.MaxValue ? number
            : throw new PgException(SqlState.InvalidParameterValue, $"invalid port number: \"{port}\"");
        if (!NodeHosts.AreSeveral(hosts))
            return (hosts, Port(ports));
        var (names, numbers) = (hosts.Split(','), ports.Split(','));
        if (numbers.Length != 1 && numbers.Length != names.Length)
            throw new PgException(SqlState.InvalidParameterValue, $"could not match {numbers.Length} port numbers to {names.Length} hosts");
        var list = string.Join(',', names.Select((name, i) =>
        {
            var host = name.Trim();
            return $"{(host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host)}:{Port(numbers[numbers.Length == 1 ? 0 : i])}";
        }));
        _ = NodeHosts.Of(list, Port(numbers[0]));
        return (list, Port(numbers[0]));
    }

    /// <summary>The same server, by its Unix socket if it is on this machine and <paramref name="sockets"/> has the directory for its port.</summary>
    public BackendAddress Through(IReadOnlyDictionary<int, string> sockets) =>
        Host is "localhost" or "127.0.0.1" or "::1" ? this with { SocketDirectory = sockets.GetValueOrDefault(Port) } : this;

    /// <summary>Connects by the Unix socket where there is one that answers, else by host and port.</summary>
    /// <param name="encrypted">Whether the connection is to be encrypted, if it is one over TCP.</param>
    /// <param name="timeout">The longest wait.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="PgException">08006: nobody answers there, or not as encrypted as it has to be.</exception>
    public async Task<PgTransport> OpenAsync(bool encrypted, TimeSpan timeout, CancellationToken cancellation)
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
        transport.Limit((Liveness ?? ServerLiveness.Default).Limits);
        if (!encrypted)
            return transport;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            await (Encryption ?? ServerEncryption.Default).EncryptAsync(transport, Host, limit.Token).ConfigureAwait(false);
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
            throw Lost(reason, e);
        }
    }

    /// <summary>08006 that names the server.</summary>
    public PgException Lost(string reason, Exception? inner) =>
        new(SqlState.ConnectionFailure, $"connection to the remote node {Node} failed with the following error: {reason}", inner: inner);

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
        foreach (var (key, value) in (Encryption ?? ServerEncryption.Default).ToNpgsql().Concat((Liveness ?? ServerLiveness.Default).ToNpgsql()))
            builder[key] = value;
        if (NodeHosts.AreSeveral(Host))
            builder["Target Session Attributes"] = "primary";
        return builder.ConnectionString;
    }
}
