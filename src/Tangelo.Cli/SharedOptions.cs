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

    public static Option<bool> Verbose() => new("--verbose") { Description = "Log more." };

    public static LogLevel Level(bool verbose) => verbose ? LogLevel.Debug : LogLevel.Information;
}
