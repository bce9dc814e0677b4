using System.CommandLine;
using Tangelo.Cli;

// The socket engine reads these once, when the first socket is made. A completion runs on the thread that polled it, which saves a hand-over
// to the thread pool for every message. One such thread for two cores: with more, a session's messages are polled by turns on several threads
// that sleep and wake each other (two cores, 16 clients: a sixth fewer point reads).
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", $"{Math.Max(1, Environment.ProcessorCount / 2)}");

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
