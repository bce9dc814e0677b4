using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Tangelo.Cli.Embedded;

namespace Tangelo.Cli;

/// <summary><c>tangelo up</c>: the embedded cluster in the foreground.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Required = true, HelpName = "DIR", Description = "Where the nodes keep their data." };
        var port = new Option<int>("--port")
        {
            DefaultValueFactory = _ => 5432,
            HelpName = "P",
            Description = "Where clients connect; the coordinator PostgreSQL is on P+1, the workers on P+2 and up.",
        };
        var workers = new Option<int>("--workers") { DefaultValueFactory = _ => 2, HelpName = "N", Description = "How many workers." };
        var bin = new Option<string?>("--postgres-bin") { HelpName = "DIR", Description = "The folder with initdb and pg_ctl, of PostgreSQL 15 or later." };
        var console = SharedOptions.Console();
        var (hba, certificate, key, authorities) = (SharedOptions.HbaFile(), SharedOptions.TlsCertificate(), SharedOptions.TlsKey(), SharedOptions.TlsClientAuthorities());
        var drain = SharedOptions.Drain(1);
        var (connections, clients) = (SharedOptions.CoordinatorConnections(), SharedOptions.MaxClients());
        var verbose = SharedOptions.Verbose();
        var command = new Command("up", "An embedded cluster: a router, a coordinator and workers on this machine.")
        {
            data, port, workers, bin, console, hba, certificate, key, authorities, connections, clients, drain, verbose,
        };
        command.SetAction((parsed, _) => RunAsync(
            new EmbeddedClusterOptions
            {
                Data = Path.GetFullPath(parsed.GetRequiredValue(data)),
                Port = parsed.GetValue(port),
                Workers = parsed.GetValue(workers),
                PostgresBin = parsed.GetValue(bin),
                ConsoleListen = parsed.GetValue(console),
                HbaFile = parsed.GetValue(hba),
                TlsCertificate = parsed.GetValue(certificate),
                TlsKey = parsed.GetValue(key),
                TlsClientAuthorities = parsed.GetValue(authorities),
                CoordinatorConnections = parsed.GetValue(connections),
                MaxClients = parsed.GetValue(clients),
                DrainLimit = TimeSpan.FromSeconds(parsed.GetValue(drain)),
            },
            SharedOptions.Level(parsed.GetValue(verbose))));
        return command;
    }

    private static async Task<int> RunAsync(EmbeddedClusterOptions options, LogLevel level)
    {
        options.Validate();
        using var stop = new StopSignal();
        using var log = CommandLog.Create(level);
        await using var cluster = new EmbeddedCluster(options, log);
        try
        {
            await cluster.StartAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return 0;
        }
        await System.Console.Out.WriteLineAsync($"ready: postgresql://postgres@{IPAddress.Loopback}:{options.Port}/postgres");
        log.CreateLogger("Tangelo").LogInformation("Connect with: psql -h {Host} -p {Port} -U postgres", IPAddress.Loopback, options.Port);
        await stop.WaitAsync();
        return 0;
    }
}
