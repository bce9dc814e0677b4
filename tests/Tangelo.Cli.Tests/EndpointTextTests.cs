using System.Net;

namespace Tangelo.Cli.Tests;

public sealed class EndpointTextTests
{
    [Theory]
    [InlineData("127.0.0.1:5432", "127.0.0.1:5432")]
    [InlineData("*:1", "0.0.0.0:1")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    public async Task An_address_and_a_port_are_read(string text, string expected) =>
        Assert.Equal(IPEndPoint.Parse(expected), await EndpointText.ResolveAsync(text, default));

    [Fact]
    public async Task A_name_becomes_its_address() =>
        Assert.Equal(IPEndPoint.Parse("127.0.0.1:99"), await EndpointText.ResolveAsync("localhost:99", default));

    [Theory]
    [InlineData("5432")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData(":5432")]
    [InlineData("")]
    public async Task Anything_else_is_refused_with_an_example(string text)
    {
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => EndpointText.ResolveAsync(text, default));
        Assert.Contains("127.0.0.1:5432", failure.Message);
    }
}
