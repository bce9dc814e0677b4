namespace Tangelo.Cli;

/// <summary>A command cannot go on. The message is one line for the operator: what is wrong and what to do.</summary>
internal sealed class CommandFailedException(string message, Exception? cause = null) : Exception(message, cause);
