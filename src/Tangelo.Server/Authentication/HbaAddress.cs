using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Tangelo.Server.Authentication;

/// <summary>The addresses that a line is for.</summary>
internal abstract record HbaAddress
{
    /// <summary>Every address.</summary>
    public static HbaAddress All { get; } = new Everywhere();

    /// <summary>Whether the client's address is one of them.</summary>
    public abstract ValueTask<bool> ContainsAsync(IPAddress client, CancellationToken cancellation);

    /// <summary>The addresses that begin with the same bits.</summary>
    public sealed record Range(IPNetwork Network) : HbaAddress
    {
        public override ValueTask<bool> ContainsAsync(IPAddress client, CancellationToken cancellation) => ValueTask.FromResult(Network.Contains(Plain(client)));
    }

    /// <summary>The machine's own addresses, or with its networks.</summary>
    public sealed record OwnMachine(bool WithNetworks) : HbaAddress
    {
        public override ValueTask<bool> ContainsAsync(IPAddress client, CancellationToken cancellation)
        {
            var plain = Plain(client);
            return ValueTask.FromResult(NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Any(own =>
                own.Address.Equals(plain) || (WithNetworks && own.Address.AddressFamily == plain.AddressFamily && Same(own.Address, plain, own.PrefixLength))));
        }

        private static bool Same(IPAddress left, IPAddress right, int bits)
        {
            var (a, b) = (left.GetAddressBytes(), right.GetAddressBytes());
            return Enumerable.Range(0, bits).All(i => ((a[i / 8] ^ b[i / 8]) & (0x80 >> (i % 8))) == 0);
        }
    }

    /// <summary>The addresses that a name has at the time.</summary>
    public sealed record Host(string Name) : HbaAddress
    {
        public override async ValueTask<bool> ContainsAsync(IPAddress client, CancellationToken cancellation)
        {
            try
            {
                return (await Dns.GetHostAddressesAsync(Name, cancellation).ConfigureAwait(false)).Any(a => a.Equals(Plain(client)));
            }
            catch (SocketException)
            {
                // A name that has no address is nobody's.
                return false;
            }
        }
    }

    private sealed record Everywhere : HbaAddress
    {
        public override ValueTask<bool> ContainsAsync(IPAddress client, CancellationToken cancellation) => ValueTask.FromResult(true);
    }

    // A listener for both families sees IPv4 clients with addresses of IPv6.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
