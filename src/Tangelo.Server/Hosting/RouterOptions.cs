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
}
