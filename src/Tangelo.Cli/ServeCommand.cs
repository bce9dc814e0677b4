using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Tangelo.Server.Hosting;

namespace Tangelo.Cli;

/// <summary><c>tangelo serve</c>: a router for PostgreSQL servers that already run.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(8);

    public static Command Create()
    {
        var listen = new Option<string>("--listen") { Required = true, HelpName = "HOST:PORT", Description = "Where clients connect." };
        var coordinator = new Option<string>("--coordinator")
        {
            Required = true,
            HelpName = "CONNINFO",
            Description = "The coordinator PostgreSQL: \"host=... port=... user=... dbname=...\".",
        };
        var console = SharedOptions.Console();
        var (hba, certificate, key, authorities) = (SharedOptions.HbaFile(), SharedOptions.TlsCertificate(), SharedOptions.TlsKey(), SharedOptions.TlsClientAuthorities());
        var drain = SharedOptions.Drain(20);
        var (connections, clients) = (SharedOptions.CoordinatorConnections(), SharedOptions.MaxClients());
        var verbose = SharedOptions.Verbose();
        var command = new Command("serve", "A router for PostgreSQL servers that already run.")
        {
            listen, coordinator, console, hba, certificate, key, authorities, connections, clients, drain, verbose,
        };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetRequiredValue(listen),
            endpoint => new RouterOptions
            {
                Listen = endpoint,
                Coordinator = parsed.GetRequiredValue(coordinator),
                HbaFile = parsed.GetValue(hba),
                TlsCertificate = parsed.GetValue(certificate),
                TlsKey = parsed.GetValue(key),
                TlsClientAuthorities = parsed.GetValue(authorities),
                CoordinatorConnections = parsed.GetValue(connections),
                MaxClients = parsed.GetValue(clients),
                DrainLimit = TimeSpan.FromSeconds(parsed.GetValue(drain)),
            },
            parsed.GetValue(console),
            SharedOptions.Level(parsed.GetValue(verbose))));
        return command;
    }

    private static async Task<int> RunAsync(string listen, Func<IPEndPoint, RouterOptions> options, string? console, LogLevel level)
    {
        using var stop = new StopSignal();
        using var log = CommandLog.Create(level);
        var endpoint = await EndpointText.ResolveAsync(listen, stop.Token);
        var router = new RouterHost(options(endpoint) with { ConsoleListen = await EndpointText.ResolveOptionalAsync(console, stop.Token) }, log);
        try
        {
            await router.StartAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e)
        {
            throw RouterFailure.Describe(e, endpoint);
        }
        log.CreateLogger("Tangelo").LogInformation("Serving on {Endpoint}", endpoint);
        await stop.WaitAsync();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop.Again);
        limit.CancelAfter(router.Options.DrainLimit + StopLimit);
        await router.StopAsync(limit.Token);
        return 0;
    }
}
