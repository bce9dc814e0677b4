using Xunit;

namespace Tangelo.Harness;

/// <summary>One plain PostgreSQL server for all tests of a class (<c>IClassFixture</c>) or of a collection.</summary>
public class PostgresFixture : IAsyncLifetime
{
    private TestPostgres? _server;

    public TestPostgres Server => _server ?? throw new InvalidOperationException("The server has not been started.");

    public async Task InitializeAsync() => _server = await TestPostgres.StartAsync();

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}
