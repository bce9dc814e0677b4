using Tangelo.Harness.Wire;

namespace Tangelo.Compat.Tests.Running;

/// <summary>One exchange of a step, up to ReadyForQuery, that can be run on either side.</summary>
/// <param name="Name">How the statement is sent, for the report.</param>
/// <param name="RunAsync">Sends the messages and gives the answer.</param>
internal sealed record Round(string Name, Func<WireSession, Side, CancellationToken, Task<Transcript>> RunAsync);
