using System.Net;
using System.Net.Sockets;

namespace Tangelo.Cli.Embedded;

/// <summary>Asks whether an address can be listened on, before anything is started that would fail on it.</summary>
internal static class PortProbe
{
    public static bool IsFree(IPEndPoint endpoint)
    {
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(endpoint);
            socket.Listen(1);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new CommandFailedException($"No right to listen on port {endpoint.Port}; choose a --port above 1023.", e);
        }
    }
}
