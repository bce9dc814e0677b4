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

    /// <summary>
    /// The directories of the Unix sockets of PostgreSQL servers that run on this machine, by their ports. The shards of a node at
    /// localhost with such a port are reached there, and by TCP when the socket does not answer. A session's link to the coordinator is
    /// always TCP, so that inet_client_addr() and its relatives answer as on a plain server.
    /// </summary>
    public IReadOnlyDictionary<int, string> LocalSockets { get; init; } = ReadOnlyDictionary<int, string>.Empty;
}
