using System.Collections.ObjectModel;
using System.Net;

namespace Tangelo.Server.Hosting;

/// <summary>What a router is told when it starts.</summary>
public sealed record RouterOptions
{
    /// <summary>The address clients connect to.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>How the coordinator PostgreSQL is reached, as libpq keywords: <c>host=... port=... user=... dbname=...</c>.</summary>
    public required string Coordinator { get; init; }

    /// <summary>The IP address and port of the HTTP console, as text, or null for none.</summary>
    public string? ConsoleListen { get; init; }

    /// <summary>How long a router that is told to stop waits for the ends of open transactions, before it cancels them.</summary>
    public TimeSpan DrainLimit { get; init; }

    /// <summary>
    /// How many backends of the coordinator the router uses for its clients at most: it lends them for a transaction. Null: its part of what the coordinator takes.
    /// 0: every client has one of its own, for life.
    /// </summary>
    public int? CoordinatorConnections { get; init; }

    /// <summary>How many clients may be connected at a time; 0 for as many as come.</summary>
    public int MaxClients { get; init; }

    /// <summary>A file in the form of pg_hba.conf that says which clients may come in and how they prove who they are; null for the coordinator's own rules.</summary>
    public string? HbaFile { get; init; }

    /// <summary>A PEM file with the certificate that clients are shown, and those that lead to the one they know; null for no encryption.</summary>
    public string? TlsCertificate { get; init; }

    /// <summary>A PEM file with the certificate's private key; null when it is in the same file.</summary>
    public string? TlsKey { get; init; }

    /// <summary>A PEM file with the certificates that sign those of clients; null when clients show none.</summary>
    public string? TlsClientAuthorities { get; init; }

    /// <summary>The application name of the program that holds a router, when it comes in with <see cref="HolderSecret"/>.</summary>
    public const string HolderName = "tangelo up";

    /// <summary>The password with which the program that holds this router comes in from this machine, whatever <see cref="HbaFile"/> says; null for none.</summary>
    public string? HolderSecret { get; init; }

    /// <summary>
    /// The directories of the Unix sockets of PostgreSQL servers that run on this machine, by their ports. The shards of a node at
    /// localhost with such a port are reached there, and by TCP when the socket does not answer. A session's link to the coordinator is
    /// always TCP, so that inet_client_addr() and its relatives answer as on a plain server.
    /// </summary>
    public IReadOnlyDictionary<int, string> LocalSockets { get; init; } = ReadOnlyDictionary<int, string>.Empty;
}
