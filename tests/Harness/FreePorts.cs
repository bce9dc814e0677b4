using System.Net;
using System.Net.Sockets;

namespace Tangelo.Harness;

/// <summary>Hands out ports that nothing listens on. TANGELO_TEST_PORTS (<c>LOW-HIGH</c>) says from where.</summary>
public static class FreePorts
{
    private const int Attempts = 500;

    private static readonly Lock Gate = new();
    private static readonly HashSet<int> Given = [];

    /// <summary>The first of <paramref name="count"/> neighbouring ports. No port is given twice by one process.</summary>
    public static int Block(int count)
    {
        var (low, high) = Range();
        lock (Gate)
        {
            for (var attempt = 0; attempt < Attempts; attempt++)
            {
                var first = Random.Shared.Next(low, high - count + 2);
                var block = Enumerable.Range(first, count).ToArray();
                if (block.Any(Given.Contains) || !block.All(IsFree))
                    continue;
                Given.UnionWith(block);
                return first;
            }
        }
        throw new InvalidOperationException($"No {count} free ports between {low} and {high}.");
    }

    /// <summary>Gives ports back when their server is gone.</summary>
    public static void Return(int first, int count)
    {
        lock (Gate)
            Given.ExceptWith(Enumerable.Range(first, count));
    }

    private static (int Low, int High) Range()
    {
        // Below the kernel's range for outgoing connections, which would take a port away between test and use.
        var text = Environment.GetEnvironmentVariable("TANGELO_TEST_PORTS") ?? "23000-31999";
        var bounds = text.Split('-');
        return (int.Parse(bounds[0]), int.Parse(bounds[1]));
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
