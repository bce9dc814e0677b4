using System.Collections.Immutable;
using System.Globalization;
using Tangelo.Core;

namespace Tangelo.Workers.Connections;

/// <summary>
/// The servers that a node's name stands for: one, or several as in libpq's URIs, <c>host1,host2:5433,[::1]:5434</c>. One of them is the primary at a
/// time. A server without a port of its own has the node's.
/// </summary>
public static class NodeHosts
{
    /// <summary>Whether the name stands for several servers.</summary>
    public static bool AreSeveral(string name) => name.Contains(',', StringComparison.Ordinal) && !name.StartsWith('/');

    /// <summary>Whether it stands for several servers, each with a port of its own.</summary>
    public static bool HavePorts(string name) => AreSeveral(name) && name.Split(',').All(part => Divide(part.Trim()).Port is not null);

    /// <summary>The servers, in the order in which they are named.</summary>
    /// <param name="name">The name of the node.</param>
    /// <param name="port">Its port.</param>
    /// <exception cref="PgException">22023: the name has a part that is no host.</exception>
    public static ImmutableArray<(string Host, int Port)> Of(string name, int port) =>
        AreSeveral(name) ? [.. name.Split(',').Select(part => One(part.Trim(), port, name))] : [(name, port)];

    private static (string Host, int Port) One(string part, int port, string name)
    {
        var (host, own) = Divide(part);
        if (host.Length == 0 || host.Any(char.IsWhiteSpace))
            throw Invalid(name, "There is a host without a name in it.");
        if (own is null)
            return (host, port);
        return int.TryParse(own, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= ushort.MaxValue
            ? (host, number)
            : throw Invalid(name, $"\"{own}\" is not a port.");
    }

    // An address of IPv6 has colons of its own: with a port it stands in brackets.
    private static (string Host, string? Port) Divide(string part)
    {
        if (part.StartsWith('[') && part.IndexOf(']', StringComparison.Ordinal) is var end and > 0)
            return (part[1..end], end + 1 < part.Length ? part[(end + 1)..].TrimStart(':') : null);
        var colon = part.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 || colon != part.LastIndexOf(':') ? (part, null) : (part[..colon], part[(colon + 1)..]);
    }

    private static PgException Invalid(string name, string detail) => new(
        SqlState.InvalidParameterValue, $"invalid list of hosts: \"{name}\"", detail, "Write host,host or host:port,host:port.");
}
