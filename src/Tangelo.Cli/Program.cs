using System.CommandLine;
using Tangelo.Cli;

// The socket engine reads this once, when the first socket is made: a completion then runs on the thread that polled it,
// which saves a hand-over to the thread pool for every message.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

var root = new RootCommand("Tangelo: one distributed database out of ordinary PostgreSQL servers.")
{
    UpCommand.Create(),
    ServeCommand.Create(),
};

// Signals are the commands' own business: a cluster needs longer to stop than the library's time-out.
var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
try
{
    return await root.Parse(args).InvokeAsync(invocation);
}
catch (CommandFailedException failure)
{
    await Console.Error.WriteLineAsync($"tangelo: {failure.Message}");
    return 1;
}
