using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Tangelo.Harness;

/// <summary>
/// Another machine, as far as the network goes: a network namespace with one cable to this one. It can fall silent: packets are lost, and nobody says so. Needs root and the
/// program <c>ip</c>.
/// </summary>
public sealed partial class NetworkNamespace : IAsyncDisposable
{
    private const int NewNetwork = 0x40000000;

    private static readonly Lazy<Task<bool>> Possible = new(TryAsync);
    private static int _last;

    private readonly string _name;
    private readonly string _cable;

    private NetworkNamespace(int number)
    {
        _name = $"tangelo-{Environment.ProcessId}-{number}";
        _cable = $"tg{Environment.ProcessId % 100000}x{number}";
        var block = (Environment.ProcessId * 8 + number) % 16384 * 4;
        Here = IPAddress.Parse($"10.231.{block / 256}.{(block % 256) + 1}");
        There = IPAddress.Parse($"10.231.{block / 256}.{(block % 256) + 2}");
    }

    /// <summary>Whether this machine lets the test make one.</summary>
    public static bool IsPossible => Possible.Value.GetAwaiter().GetResult();

    /// <summary>This machine's end of the cable.</summary>
    public IPAddress Here { get; }

    /// <summary>The other one's.</summary>
    public IPAddress There { get; }

    public static async Task<NetworkNamespace> CreateAsync()
    {
        var made = new NetworkNamespace(Interlocked.Increment(ref _last));
        try
        {
            await IpAsync($"netns add {made._name}");
            await IpAsync($"link add {made._cable} type veth peer name cable netns {made._name}");
            await IpAsync($"addr add {made.Here}/30 dev {made._cable}");
            await IpAsync($"link set {made._cable} up");
            await IpAsync($"-n {made._name} addr add {made.There}/30 dev cable");
            await IpAsync($"-n {made._name} link set cable up");
            return made;
        }
        catch
        {
            await made.DisposeAsync();
            throw;
        }
    }

    /// <summary>A socket that listens over there. Who accepts from it is here.</summary>
    public Socket Listen()
    {
        Socket? socket = null;
        Exception? failure = null;

        // A thread of its own is over there until it ends.
        var thread = new Thread(() =>
        {
            try
            {
                using var file = File.OpenHandle($"/var/run/netns/{_name}");
                if (SetNamespace((int)file.DangerousGetHandle(), NewNetwork) != 0)
                    throw new Win32Exception();
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(There, 0));
                socket.Listen(100);
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? socket! : throw new InvalidOperationException("No socket in the namespace.", failure);
    }

    /// <summary>A program that runs over there.</summary>
    public Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo("ip", ["netns", "exec", _name, program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>From now on nothing arrives from over there, not even that something has arrived.</summary>
    public Task FallSilentAsync() => IpAsync($"-n {_name} route add blackhole {Here}/32");

    /// <summary>The end of the silence.</summary>
    public Task SpeakAgainAsync() => IpAsync($"-n {_name} route del blackhole {Here}/32");

    public async ValueTask DisposeAsync()
    {
        await RunAsync($"link del {_cable}");
        await RunAsync($"netns del {_name}");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int file, int kind);

    private static async Task<bool> TryAsync()
    {
        try
        {
            await using var one = await CreateAsync();
            using var socket = one.Listen();
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }

    private static async Task IpAsync(string arguments)
    {
        if (await RunAsync(arguments) is { Length: > 0 } error)
            throw new InvalidOperationException($"ip {arguments}: {error}");
    }

    private static async Task<string> RunAsync(string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? "" : error + " ";
    }
}
