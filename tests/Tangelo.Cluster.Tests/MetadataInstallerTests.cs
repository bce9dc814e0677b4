using Tangelo.Cluster.Metadata;
using Xunit;

namespace Tangelo.Cluster.Tests;

public sealed class MetadataInstallerTests
{
    [Fact]
    public async Task Installing_again_changes_only_the_address_and_keeps_the_secret()
    {
        await using var server = await PostgresServer.StartAsync();
        await Task.WhenAll(
            MetadataInstaller.InstallAsync(server.DataSource, new InstallOptions("127.0.0.1", 1, "it's a \\ secret")),
            MetadataInstaller.InstallAsync(server.DataSource, new InstallOptions("127.0.0.1", 1, "it's a \\ secret")));
        var before = await ClusterFixture.QueryAsync(server, "SELECT string_agg(name || applied_at, ',' ORDER BY name) FROM tangelo_migration");

        await MetadataInstaller.InstallAsync(server.DataSource, new InstallOptions("localhost", 2, "another"));

        Assert.Equal(before, await ClusterFixture.QueryAsync(server, "SELECT string_agg(name || applied_at, ',' ORDER BY name) FROM tangelo_migration"));
        Assert.Equal("it's a \\ secret", await MetadataInstaller.ReadSecretAsync(server.DataSource));
        Assert.Equal("localhost:2", await ClusterFixture.QueryAsync(server, "SELECT tangelo_loopback_option('host') || ':' || tangelo_loopback_option('port')"));
    }

    [Fact]
    public async Task Nothing_of_the_metadata_shows_in_the_lists_of_user_objects()
    {
        await using var server = await PostgresServer.StartAsync();
        await MetadataInstaller.InstallAsync(server.DataSource, new InstallOptions("127.0.0.1", 1, "secret"));

        Assert.Equal("0", await ClusterFixture.QueryAsync(
            server,
            """
            SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND c.oid >= 16384
            """));
        Assert.Equal("0", await ClusterFixture.QueryAsync(
            server,
            """
            SELECT count(*) FROM pg_proc p LEFT JOIN pg_init_privs i ON i.objoid = p.oid AND i.classoid = 'pg_proc'::regclass
            WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proacl IS DISTINCT FROM i.initprivs
            """));
        var map = await MetadataLoader.LoadAsync(server.DataSource, 7);
        Assert.Equal(7, map.Version);
        Assert.Empty(map.Tables);
    }
}
