using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Server.Tests.Authentication;

/// <summary>How a router reaches nodes that want encryption, passwords and certificates: by citus.node_conninfo and pg_dist_authinfo.</summary>
public sealed class EncryptedNodesTests(EncryptedNodes nodes) : IClassFixture<EncryptedNodes>
{
    private const string IsEncrypted = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

    private NpgsqlDataSource Router => nodes.Router.DataSource;

    [Fact]
    public async Task Connections_are_encrypted_where_the_nodes_can()
    {
        await nodes.SayAsync("sslmode=prefer");
        Assert.Equal("sslmode=prefer", await Router.ScalarAsync<string>("SHOW citus.node_conninfo"));
        Assert.Equal(["t", "t"], await Router.ColumnAsync<string>($"SELECT result FROM run_command_on_workers($$ {IsEncrypted} $$)"));
        Assert.Equal(50L, await Router.ScalarAsync<long>("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task A_node_may_refuse_who_comes_without_encryption()
    {
        await nodes.SayAsync("sslmode=disable");
        var error = await Assert.ThrowsAsync<PostgresException>(() => Router.ScalarAsync<long>("SELECT count(*) FROM t"));
        Assert.Equal("28000", error.SqlState);
        Assert.Contains("no encryption", error.MessageText, StringComparison.Ordinal);
        Assert.Contains("connecting to the remote node", error.Where, StringComparison.Ordinal);

        // Asked once more with encryption.
        await nodes.SayAsync("sslmode=allow");
        Assert.Equal(50L, await Router.ScalarAsync<long>("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Encryption_that_a_node_does_not_have_cannot_be_required()
    {
        await nodes.SayAsync("sslmode=require");
        Assert.Equal(50L, await Router.ScalarAsync<long>("SELECT count(*) FROM t"));
        await nodes.OnWorkersAsync("ALTER SYSTEM SET ssl = off", "ALTER SYSTEM RESET ssl_ca_file", "SELECT pg_reload_conf()");
        try
        {
            await nodes.SayAsync("sslmode=require keepalives=1");
            var error = await Assert.ThrowsAsync<PostgresException>(() => Router.ScalarAsync<long>("SELECT count(*) FROM t"));
            Assert.Equal("08006", error.SqlState);
            Assert.Matches("^connection to the remote node .*:[0-9]+ failed with the following error: server does not support SSL, but SSL was required$", error.MessageText);
        }
        finally
        {
            await nodes.OnWorkersAsync("ALTER SYSTEM SET ssl = on", $"ALTER SYSTEM SET ssl_ca_file = '{nodes.Authority}'", "SELECT pg_reload_conf()");
        }
    }

    [Fact]
    public async Task The_nodes_certificate_is_verified()
    {
        await nodes.SayAsync($"sslmode=verify-full sslrootcert='{nodes.Certificates.Path("authority.crt")}'");
        Assert.Equal(50L, await Router.ScalarAsync<long>("SELECT count(*) FROM t"));

        await nodes.SayAsync($"sslmode=verify-ca sslrootcert={nodes.Strangers.Path("authority.crt")}");
        await ExpectAsync("SSL error: certificate verify failed");
        await nodes.SayAsync($"sslmode=require sslrootcert={nodes.Strangers.Path("authority.crt")}");
        await ExpectAsync("SSL error: certificate verify failed");
        await nodes.SayAsync("sslmode=verify-full");
        await ExpectAsync("SSL error: sslrootcert is needed to verify the server's certificate");

        async Task ExpectAsync(string reason)
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => Router.ScalarAsync<long>("SELECT count(*) FROM t"));
            Assert.Equal("08006", error.SqlState);
            Assert.EndsWith("failed with the following error: " + reason, error.MessageText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_certificate_has_to_name_the_host()
    {
        await nodes.WriteServerCertificateAsync("elsewhere");
        try
        {
            await nodes.SayAsync($"sslmode=verify-full sslrootcert='{nodes.Certificates.Path("authority.crt")}'");
            var error = await Assert.ThrowsAsync<PostgresException>(() => Router.ScalarAsync<long>("SELECT count(*) FROM t"));
            Assert.Matches("SSL error: server certificate does not match host name \".*\"$", error.MessageText);
            await nodes.SayAsync($"sslmode=verify-ca sslrootcert='{nodes.Certificates.Path("authority.crt")}'");
            Assert.Equal(50L, await Router.ScalarAsync<long>("SELECT count(*) FROM t"));
        }
        finally
        {
            await nodes.WriteServerCertificateAsync("node");
        }
    }

    [Fact]
    public async Task Roles_have_passwords_and_certificates_of_their_own()
    {
        await nodes.SayAsync("sslmode=require");
        foreach (var role in new[] { "worded", "certified" })
        {
            var error = await Assert.ThrowsAsync<PostgresException>(() => CountAsync(role));
            Assert.True(error.SqlState is "28P01" or "28000", error.ToString());
        }

        await Router.ExecuteAsync(
            $"""
            INSERT INTO pg_dist_authinfo VALUES (0, 'worded', 'password=''it is long''');
            INSERT INTO pg_dist_authinfo SELECT nodeid, 'certified', 'sslcert={nodes.Certificates.Path("certified.crt")} sslkey={nodes.Certificates.Path("certified.key")}'
                FROM pg_dist_node WHERE groupid > 0
            """);
        Assert.Equal(50L, await CountAsync("worded"));
        Assert.Equal(50L, await CountAsync("certified"));

        // Nobody else can read it, and no message has it.
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => As("worded").ScalarAsync<long>("SELECT count(*) FROM pg_dist_authinfo"))).SqlState);
        await Router.ExecuteAsync("UPDATE pg_dist_authinfo SET authinfo = 'password' || 'it is' WHERE rolename = 'worded'");
        await nodes.SayAsync("sslmode=require keepalives=0");
        var unread = await Assert.ThrowsAsync<PostgresException>(() => CountAsync("worded"));
        Assert.Equal(("22023", "the authinfo of role \"worded\" in pg_dist_authinfo cannot be understood"), (unread.SqlState, unread.MessageText));
        Assert.DoesNotContain("it is", nodes.Router.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cancel_goes_the_same_way()
    {
        await nodes.SayAsync("sslmode=require");
        await using var holder = await Router.OpenConnectionAsync();
        await using var held = await holder.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("SELECT FROM t WHERE id = 1 FOR UPDATE", holder, held))
            await hold.ExecuteNonQueryAsync();
        await using var connection = await Router.OpenConnectionAsync();
        await using var command = new NpgsqlCommand("SELECT FROM t WHERE id = 1 FOR UPDATE", connection);
        var running = command.ExecuteNonQueryAsync();
        await nodes.WaitUntilAWorkerWaitsAsync();
        command.Cancel();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => running.WaitAsync(TimeSpan.FromSeconds(30)));
        await held.RollbackAsync();
        Assert.Equal("57014", (error as PostgresException ?? error.InnerException as PostgresException)?.SqlState);
    }

    [Theory]
    [InlineData("citus.node_conninfo = 'sslmode=perhaps'", "22023")]
    [InlineData("citus.node_conninfo = 'host=elsewhere'", "22023")]
    [InlineData("citus.node_conninfo = 'password=secret'", "22023")]
    [InlineData("citus.node_conninfo = 'sslmode'", "22023")]
    [InlineData("citus.node_conninfo = 'keepalives_idle=soon'", "22023")]
    [InlineData("citus.node_conninfo = 'sslcrl=/tmp/x'", "0A000")]
    [InlineData("citus.not_there = 1", "42704")]
    [InlineData("citus.version = '1'", "55P02")]
    [InlineData("citus.shard_count = 0", "22023")]
    public async Task A_wrong_setting_is_refused(string assignment, string code) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<PostgresException>(() => Router.ExecuteAsync("ALTER SYSTEM SET " + assignment))).SqlState);

    [Fact]
    public async Task Settings_of_the_cluster_are_changed_by_superusers_outside_of_transactions()
    {
        Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => As("worded").ExecuteAsync("ALTER SYSTEM SET citus.shard_count = 8"))).SqlState);
        Assert.Equal("25001", (await Assert.ThrowsAsync<PostgresException>(() => Router.ExecuteAsync("BEGIN; ALTER SYSTEM SET citus.shard_count = 8"))).SqlState);
        await Router.ExecuteAsync("ALTER SYSTEM SET citus.shard_count = 8");
        await using (var one = NpgsqlDataSource.Create(Router.ConnectionString + ";Pooling=false"))
            Assert.Equal("8", await one.ScalarAsync<string>("SHOW citus.shard_count"));
        await Router.ExecuteAsync("ALTER SYSTEM RESET citus.shard_count");
        await using (var one = NpgsqlDataSource.Create(Router.ConnectionString + ";Pooling=false"))
            Assert.Equal("32", await one.ScalarAsync<string>("SHOW citus.shard_count"));
    }

    private NpgsqlDataSource As(string role) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Router.ConnectionString) { Username = role, Pooling = false });

    private async Task<long> CountAsync(string role)
    {
        await using var source = As(role);
        return await source.ScalarAsync<long>("SELECT count(*) FROM t");
    }
}
