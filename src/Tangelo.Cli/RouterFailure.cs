using System.Net;
using System.Net.Sockets;

namespace Tangelo.Cli;

/// <summary>Says in one line why a router did not start.</summary>
internal static class RouterFailure
{
    public static CommandFailedException Describe(Exception cause, IPEndPoint listen)
    {
        for (var e = cause; e is not null; e = e.InnerException)
        {
            if (e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse })
                return new CommandFailedException($"Port {listen.Port} is in use on {listen.Address}; choose another one or stop the program that holds it.", cause);
            if (e is SocketException { SocketErrorCode: SocketError.AccessDenied })
                return new CommandFailedException($"No right to listen on port {listen.Port}; choose one above 1023.", cause);
            if (e is SocketException { SocketErrorCode: SocketError.AddressNotAvailable })
                return new CommandFailedException($"{listen.Address} is not an address of this machine; choose another one to listen on.", cause);
        }
        return new CommandFailedException($"The router did not start: {OneLine(cause)}", cause);
    }

    /// <summary>The messages of an exception and its causes, on one line.</summary>
    public static string OneLine(Exception cause)
    {
        var messages = new List<string>();
        for (var e = cause; e is not null; e = e.InnerException)
            if (!messages.Contains(e.Message))
                messages.Add(e.Message);
        return string.Join(": ", messages).ReplaceLineEndings(" ");
    }
}
