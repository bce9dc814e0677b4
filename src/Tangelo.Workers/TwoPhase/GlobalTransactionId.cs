using System.Globalization;
using Tangelo.Core;

namespace Tangelo.Workers.TwoPhase;

/// <summary>
/// The name of a prepared transaction: <c>tangelo_ROUTER_LINKPID_SEQUENCE_GROUP[_xXID]</c>. It says whose decision counts:
/// a row of <c>pg_dist_transaction</c>, or, with an xid, the fate of that transaction of the coordinator.
/// </summary>
public readonly record struct GlobalTransactionId(string Router, int LinkPid, long Sequence, GroupId Group, ulong? CoordinatorXid)
{
    private const string Prefix = "tangelo_";

    /// <summary>The LinkPid of what a client has prepared: no backend waits for its end.</summary>
    public const int OfClient = 0;

    /// <summary>A LIKE pattern that finds them in pg_prepared_xacts.</summary>
    public const string LikePattern = @"tangelo\_%";

    public static bool TryParse(string gid, out GlobalTransactionId id)
    {
        id = default;
        if (!gid.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var parts = gid[Prefix.Length..].Split('_');
        if (parts.Length is not (4 or 5)
            || !int.TryParse(parts[1], CultureInfo.InvariantCulture, out var pid)
            || !long.TryParse(parts[2], CultureInfo.InvariantCulture, out var sequence)
            || !int.TryParse(parts[3], CultureInfo.InvariantCulture, out var group))
        {
            return false;
        }

        ulong? xid = null;
        if (parts.Length == 5)
        {
            if (!parts[4].StartsWith('x') || !ulong.TryParse(parts[4].AsSpan(1), CultureInfo.InvariantCulture, out var value))
                return false;
            xid = value;
        }

        id = new GlobalTransactionId(parts[0], pid, sequence, new GroupId(group), xid);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Prefix}{Router}_{LinkPid}_{Sequence}_{Group}" + (CoordinatorXid is { } xid ? $"_x{xid}" : "");
}
