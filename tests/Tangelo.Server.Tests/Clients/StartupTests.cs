using System.Buffers.Binary;
using Tangelo.Harness.Wire;
using Tangelo.Server.Tests.Conversations;

namespace Tangelo.Server.Tests.Clients;

/// <summary>The messages before a session, and those that are none.</summary>
[Collection(ServersCollection.Name)]
public sealed class StartupTests(Servers servers)
{
    private const int SslRequest = 80877103;
    private const int GssEncRequest = 80877104;
    private const int CancelRequest = 80877102;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(196608)]
    [InlineData(196608 | 2)]
    [InlineData(196608 | 9999)]
    [InlineData(196608, "_pq_.one")]
    [InlineData(196608 | 2, "_pq_.one", "_pq_.two")]
    public async Task A_newer_protocol_and_unknown_options_are_negotiated_as_PostgreSQL_does(int version, params string[] options)
    {
        var answers = new List<string>();
        foreach (var server in new[] { servers.Plain, servers.Router })
        {
            await using var client = await RawClient.ConnectAsync(server);
            await client.SendAsync(new FrontendBuffer().Startup(
                version, [("user", server.User), ("database", server.Database), .. options.Select(o => (o, "1"))]));
            var answer = await client.ReadUntilAsync("Z", Limit);
            answers.Add(string.Join(' ', answer.Where(m => m.Type is not ('S' or 'K')).Select(m => m.Type + Convert.ToHexString(m.Body))));
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.Equal(version != 196608 || options.Length > 0, answers[1].Contains('v'));
    }

    [Fact]
    public async Task Encryption_is_declined_and_the_session_starts()
    {
        await using var client = await RawClient.ConnectAsync(servers.Router);
        foreach (var request in new[] { GssEncRequest, SslRequest })
        {
            await client.SendAsync(new FrontendBuffer().Raw(Packet(request)));
            Assert.Equal('N', await client.ReadByteAsync());
        }

        await client.SendAsync(new FrontendBuffer().Startup(196608, [("user", servers.Router.User), ("database", servers.Router.Database)]));
        Assert.Equal('Z', (await client.ReadUntilAsync("Z", Limit))[^1].Type);
    }

    [Fact]
    public async Task A_cancel_request_with_a_wrong_key_does_nothing()
    {
        var (client, answer) = await RawClient.StartAsync(servers.Router);
        await using (client)
        {
            var key = answer.Find(m => m.Type == 'K')!.Body;
            await client.SendAsync(new FrontendBuffer().Query("SELECT pg_sleep(1)"));
            await Task.Delay(200);
            var pid = BinaryPrimitives.ReadInt32BigEndian(key);
            var secret = BinaryPrimitives.ReadInt32BigEndian(key.AsSpan(4));
            foreach (var (otherPid, otherSecret) in new[] { (pid, secret + 1), (pid + 1, secret), (pid, 0), (0, 0) })
            {
                await using var canceller = await RawClient.ConnectAsync(servers.Router);
                await canceller.SendAsync(new FrontendBuffer().Raw(Packet(CancelRequest, otherPid, otherSecret)));
                Assert.Null(await canceller.ReadByteAsync());
            }

            Assert.DoesNotContain(await client.ReadUntilAsync("Z", Limit), m => m.Type == 'E');
            await client.SendAsync(new FrontendBuffer().Query("SELECT pg_sleep(10)"));
            await Task.Delay(200);
            await using (var canceller = await RawClient.ConnectAsync(servers.Router))
                await canceller.SendAsync(new FrontendBuffer().Raw(Packet(CancelRequest, pid, secret)));
            Assert.Equal("57014", (await client.ReadUntilAsync("Z", Limit)).Find(m => m.Type == 'E')?.Notice.SqlState);
        }
    }

    [Theory]
    [InlineData("474554202F20485454502F312E310D0A0D0A")]
    [InlineData("00000000")]
    [InlineData("0000000800020000")]
    [InlineData("FFFFFFFF")]
    [InlineData("7FFFFFFF00030000")]
    [InlineData("0000000D000300007573657200")]
    [InlineData("00000010000300007573657200706F73")]
    [InlineData("0000000900030000FF")]
    [InlineData("0000000C04D2162E00000001")]
    public async Task Noise_ends_its_own_connection_only(string bytes)
    {
        await using var noise = await RawClient.ConnectAsync(servers.Router);
        await noise.SendAsync(new FrontendBuffer().Raw(Convert.FromHexString(bytes)));
        var answer = await noise.ReadUntilAsync(".", Limit);
        Assert.Equal('.', answer[^1].Type);
        Assert.All(answer[..^1], m => Assert.Equal('E', m.Type));

        var (client, started) = await RawClient.StartAsync(servers.Router);
        await using (client)
            Assert.Equal('Z', started[^1].Type);
    }

    [Theory]
    [InlineData("51FFFFFFFF")]
    [InlineData("5100000003")]
    [InlineData("517FFFFFFF")]
    [InlineData("5340000000")]
    [InlineData("4400002711")]
    [InlineData("FF00000004")]
    public async Task An_impossible_message_ends_the_session_with_08P01(string bytes)
    {
        var (client, _) = await RawClient.StartAsync(servers.Router);
        await using (client)
        {
            await client.SendAsync(new FrontendBuffer().Raw(Convert.FromHexString(bytes)));
            var answer = await client.ReadUntilAsync(".", Limit);
            Assert.Equal("E.", string.Concat(answer.Select(m => m.Type)));
            Assert.Equal("08P01", answer[0].Notice.SqlState);
        }
    }

    private static byte[] Packet(params int[] words)
    {
        var packet = new byte[4 + (4 * words.Length)];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length);
        for (var i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(4 + (4 * i)), words[i]);
        return packet;
    }
}
