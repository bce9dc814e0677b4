using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Tangelo.Cli;

/// <summary>Reads <c>HOST:PORT</c> as it stands on a command line.</summary>
internal static class EndpointText
{
    /// <summary>The same as text with the name resolved, or null for null.</summary>
    public static async Task<string?> ResolveOptionalAsync(string? text, CancellationToken cancellationToken) =>
        text is null ? null : (await ResolveAsync(text, cancellationToken)).ToString();

    /// <summary>
    /// The address meant by <paramref name="text"/>: an IP address (IPv6 in brackets), a name, or <c>*</c> for every IPv4
    /// address, then a colon and a port.
    /// </summary>
    public static async Task<IPEndPoint> ResolveAsync(string text, CancellationToken cancellationToken)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, null, out var port) || port is < 1 or > 65535)
            throw new CommandFailedException($"\"{text}\" is not HOST:PORT, for example 127.0.0.1:5432.");
        var host = text[..colon].Trim('[', ']');
        if (host == "*")
            return new IPEndPoint(IPAddress.Any, port);
        if (IPAddress.TryParse(host, out var address))
            return new IPEndPoint(address, port);
        try
        {
            var found = await Dns.GetHostAddressesAsync(host, cancellationToken);
            return new IPEndPoint(found.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? found[0], port);
        }
        catch (SocketException e)
        {
            throw new CommandFailedException($"The host name \"{host}\" is not known ({e.Message}); give an IP address.", e);
        }
    }
}
