using System.Collections.Immutable;
using Tangelo.Core;

namespace Tangelo.Server.Deadlocks;

/// <summary>A session of some router that has been waiting in a transaction for a while.</summary>
/// <param name="Router">The router's id.</param>
/// <param name="Link">The backend of its coordinator link, by which clients know it.</param>
/// <param name="Began">When its transaction began, by the coordinator's clock: microseconds.</param>
/// <param name="Backends">Those that work for it.</param>
internal sealed record WaitingSession(string Router, int Link, long Began, ImmutableArray<(GroupId Group, int Pid)> Backends)
{
    /// <summary>Tells it from all others.</summary>
    public (string Router, int Link) Key => (Router, Link);
}
