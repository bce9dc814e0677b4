using System.Globalization;
using Tangelo.Protocol.Transport;
using Tangelo.Server.Loopback;

namespace Tangelo.Server.Sessions;

/// <summary>
/// tcp_keepalives_idle and its relatives are about the client's connection. On the coordinator they are in force for the link, which ends at the router: so the router does the same
/// with the client's own.
/// </summary>
internal static class ClientLimits
{
    /// <summary>The beginning of the names of these settings.</summary>
    public const string Prefix = "tcp_";

    /// <summary>Asks the link, whose answer is what its own socket does: the defaults of the system are in it. Beside them when its backend began.</summary>
    public const string Sql =
        $"""
        SELECT pg_catalog.current_setting('tcp_keepalives_idle'), pg_catalog.current_setting('tcp_keepalives_interval'), pg_catalog.current_setting('tcp_keepalives_count'),
            pg_catalog.current_setting('tcp_user_timeout'), {CoordinatorBackend.OwnStart}
        """;

    /// <summary>Reads the answer.</summary>
    public static TcpLimits Of(string?[] row) => new(TimeSpan.FromSeconds(Number(row[0])), TimeSpan.FromSeconds(Number(row[1])), Number(row[2]), TimeSpan.FromMilliseconds(Number(row[3])));

    private static int Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
