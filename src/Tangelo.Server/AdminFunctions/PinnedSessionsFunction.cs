using System.Text.Json;
using Tangelo.Cluster.Functions;
using Tangelo.Server.Hosting;
using Tangelo.Server.Links;

namespace Tangelo.Server.AdminFunctions;

/// <summary>Rows of citus_pinned_sessions: which sessions of this router keep their backend on the coordinator between transactions, and why.</summary>
internal sealed class PinnedSessionsFunction(RouterState router) : IClusterFunction
{
    public string Name => "pinned_sessions";

    public async Task<IReadOnlyList<string>> InvokeAsync(JsonElement args, IClusterSession session, CancellationToken cancellation)
    {
        // A session whose link nobody needs has not been asked yet.
        if (router.Links is { } links)
            await links.AskAllAsync().WaitAsync(cancellation).ConfigureAwait(false);
        return [.. router.Sessions.All.Where(s => s.Context.Database.Name == session.Database)
            .Select(s => (Session: s, s.Context.Lease.Pins, Pid: s.LinkPid)).Where(s => s.Pins != PinReasons.None)
            .Select(s => JsonSerializer.Serialize(new { pid = s.Pid, usename = s.Session.Context.User, reasons = Words(s.Pins) }))];
    }

    private static IEnumerable<string> Words(PinReasons pins) => Enum.GetValues<PinReasons>().Where(r => r != PinReasons.None && pins.HasFlag(r)).Select(r => r switch
    {
        PinReasons.TemporaryObjects => "temporary objects",
        PinReasons.Listens => "listen",
        PinReasons.AdvisoryLocks => "advisory locks",
        PinReasons.HeldCursors => "cursors with hold",
        PinReasons.PreparedStatements => "prepared statements",
        PinReasons.Sequences => "sequences",
        PinReasons.ProcessId => "process id",
        PinReasons.Settings => "settings",
        _ => "unknown state",
    });
}
