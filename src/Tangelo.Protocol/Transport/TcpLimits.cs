using System.Buffers.Binary;
using System.Net.Sockets;

namespace Tangelo.Protocol.Transport;

/// <summary>How a TCP connection finds out that nobody is at its other end any more, in the words of libpq and of PostgreSQL's settings. 0 leaves what the system does.</summary>
/// <param name="Idle">After how much silence the other end is asked.</param>
/// <param name="Interval">How long an answer is waited for, and the next question with it.</param>
/// <param name="Count">After how many questions without an answer the connection is given up.</param>
/// <param name="Unconfirmed">
/// How long what was sent may stay unconfirmed. Linux counts a peer that confirms but takes nothing in, too: whoever may wait for such a one leaves it at zero.
/// </param>
public sealed record TcpLimits(TimeSpan Idle, TimeSpan Interval, int Count, TimeSpan Unconfirmed)
{
    // Linux: TCP_USER_TIMEOUT, in milliseconds.
    private const int UserTimeout = 18;

    /// <summary>False where the other end is never asked.</summary>
    public bool Asks { get; init; } = true;

    /// <summary>Sets a socket; one that is not TCP stays as it is.</summary>
    public void ApplyTo(Socket socket)
    {
        if (socket.ProtocolType != ProtocolType.Tcp)
            return;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, Asks);
        if (Asks)
        {
            Set(socket, SocketOptionName.TcpKeepAliveTime, (int)Idle.TotalSeconds);
            Set(socket, SocketOptionName.TcpKeepAliveInterval, (int)Interval.TotalSeconds);
            Set(socket, SocketOptionName.TcpKeepAliveRetryCount, Count);
        }

        if (OperatingSystem.IsLinux())
        {
            Span<byte> milliseconds = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(milliseconds, (int)Unconfirmed.TotalMilliseconds);
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, UserTimeout, milliseconds);
        }
    }

    private static void Set(Socket socket, SocketOptionName option, int value)
    {
        if (value > 0)
            socket.SetSocketOption(SocketOptionLevel.Tcp, option, value);
    }
}
