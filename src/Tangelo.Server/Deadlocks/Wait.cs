namespace Tangelo.Server.Deadlocks;

/// <summary>One session waits for another.</summary>
/// <param name="Waiter">Who waits.</param>
/// <param name="Holder">Who is in the way; the same one where a session waits for another connection of its own.</param>
/// <param name="Since">Since when, as the node says: the same text means that it is still the same wait.</param>
/// <param name="User">As whom the waiting session has logged in.</param>
/// <param name="Statement">What the waiting backend runs.</param>
internal sealed record Wait(WaitingSession Waiter, WaitingSession Holder, string Since, string User, string Statement);
