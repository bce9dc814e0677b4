using System.Net;
using Tangelo.Server.Hosting;

namespace Tangelo.Cli.Embedded;

/// <summary>What <c>tangelo up</c> was asked for.</summary>
internal sealed record EmbeddedClusterOptions
{
    /// <summary>The absolute path of the cluster's folder.</summary>
    public required string Data { get; init; }

    /// <summary>The router's port; the coordinator has the next one, then come the workers.</summary>
    public required int Port { get; init; }

    public required int Workers { get; init; }

    /// <summary>The folder with PostgreSQL's programs, or null to look for one.</summary>
    public string? PostgresBin { get; init; }

    public string? ConsoleListen { get; init; }

    /// <inheritdoc cref="RouterOptions.HbaFile"/>
    public string? HbaFile { get; init; }

    /// <inheritdoc cref="RouterOptions.TlsCertificate"/>
    public string? TlsCertificate { get; init; }

    /// <inheritdoc cref="RouterOptions.TlsKey"/>
    public string? TlsKey { get; init; }

    /// <inheritdoc cref="RouterOptions.TlsClientAuthorities"/>
    public string? TlsClientAuthorities { get; init; }

    /// <inheritdoc cref="RouterOptions.CoordinatorConnections"/>
    public int? CoordinatorConnections { get; init; }

    /// <inheritdoc cref="RouterOptions.MaxClients"/>
    public int MaxClients { get; init; }

    /// <inheritdoc cref="RouterOptions.DrainLimit"/>
    public TimeSpan DrainLimit { get; init; }

    public IPEndPoint Listen => new(IPAddress.Loopback, Port);

    public void Validate()
    {
        if (Workers is < 0 or > 64)
            throw new CommandFailedException($"--workers {Workers}: give a number from 0 to 64.");
        // PostgreSQL runs without the right to lower ports.
        if (Port < 1024 || Port + 1 + Workers > 65535)
            throw new CommandFailedException($"--port {Port}: the ports {Port} to {Port + 1 + Workers} must lie between 1024 and 65535.");
    }
}
