using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace Tangelo.Cli;

/// <summary>Options that <c>up</c> and <c>serve</c> have in common.</summary>
internal static class SharedOptions
{
    public static Option<string?> Console() => new("--console")
    {
        HelpName = "HOST:PORT",
        Description = "Where the HTTP console answers (/health, /metrics). None by default.",
    };

    public static Option<string?> HbaFile() => new("--hba-file")
    {
        HelpName = "FILE",
        Description = "Which clients may come in, and how they prove who they are, in the form of pg_hba.conf. Without it the coordinator decides.",
    };

    public static Option<string?> TlsCertificate() => new("--tls-cert") { HelpName = "FILE", Description = "The certificate for encrypted connections of clients (PEM). None by default." };

    public static Option<string?> TlsKey() => new("--tls-key") { HelpName = "FILE", Description = "Its private key (PEM), when it is not in the same file." };

    public static Option<string?> TlsClientAuthorities() => new("--tls-client-ca") { HelpName = "FILE", Description = "The certificates that sign those of clients (PEM)." };

    public static Option<double> Drain(double seconds) => new("--drain")
    {
        DefaultValueFactory = _ => seconds,
        HelpName = "SECONDS",
        Description = "How long open transactions may go on after SIGTERM, before they are cancelled.",
    };

    public static Option<int?> CoordinatorConnections() => new("--coordinator-connections")
    {
        HelpName = "N",
        Description = "Share at most N connections to the coordinator among the clients; with 0 every client has one of its own. By default as many as the coordinator's max_connections allows.",
        Validators = { NotNegative },
    };

    public static Option<int> MaxClients() => new("--max-clients")
    {
        HelpName = "N",
        Description = "How many clients may be connected at a time. As many as come by default.",
        Validators = { NotNegative },
    };

    private static void NotNegative(System.CommandLine.Parsing.OptionResult result)
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value < 0)
            result.AddError($"{result.IdentifierToken?.Value} must not be negative.");
    }

    public static Option<bool> Verbose() => new("--verbose") { Description = "Log more." };

    public static LogLevel Level(bool verbose) => verbose ? LogLevel.Debug : LogLevel.Information;
}
