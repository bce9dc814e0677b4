using System.Diagnostics;
using Npgsql;

namespace Tangelo.Server.Tests.Authentication;

/// <summary>Who comes in, how, and who does not; with Npgsql and libpq as clients.</summary>
public sealed class AuthenticationTests(ProtectedCluster servers) : IClassFixture<ProtectedCluster>
{
    [Theory]
    [InlineData("alice", "sécret", SslMode.Require)]
    [InlineData("bob b", "b'b", SslMode.Require)]
    [InlineData("old", "o", SslMode.Disable)]
    [InlineData("old", "o", SslMode.Require)]
    [InlineData("plain", "p", SslMode.Disable)]
    public async Task Who_knows_the_password_comes_in_and_reads_shards(string user, string password, SslMode ssl) =>
        Assert.Equal(50L, await CountAsync(servers.As(user, password, ssl)));

    [Theory]
    [InlineData("alice", "secret", SslMode.Require, "28P01", "password authentication failed for user \"alice\"")]
    [InlineData("old", "x", SslMode.Disable, "28P01", "password authentication failed for user \"old\"")]
    [InlineData("plain", "x", SslMode.Disable, "28P01", "password authentication failed for user \"plain\"")]
    [InlineData("alice", "sécret", SslMode.Disable, "28000", "no pg_hba.conf entry for host \"127.0.0.1\", user \"alice\", database \"postgres\", no encryption")]
    [InlineData("nobody", "n", SslMode.Require, "28000", "pg_hba.conf rejects connection for host \"127.0.0.1\", user \"nobody\", database \"postgres\", SSL encryption")]
    [InlineData("certified", "x", SslMode.Require, "28000", "connection requires a valid client certificate")]
    [InlineData("twofold", "both", SslMode.Require, "28000", "connection requires a valid client certificate")]
    [InlineData("carl", "c", SslMode.Require, "28000", "no pg_hba.conf entry for host \"127.0.0.1\", user \"carl\", database \"postgres\", SSL encryption")]
    [InlineData("ghost", "x", SslMode.Require, "28000", "no pg_hba.conf entry for host \"127.0.0.1\", user \"ghost\", database \"postgres\", SSL encryption")]
    public async Task Who_does_not_stays_out(string user, string password, SslMode ssl, string code, string message)
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => CountAsync(servers.As(user, password, ssl)));
        Assert.Equal((code, message, "FATAL"), (error.SqlState, error.MessageText, error.Severity));
    }

    [Theory]
    [InlineData("carl", "c", true)]
    [InlineData("late", "l", false)]
    [InlineData("unset", "", false)]
    [InlineData("unset", "x", false)]
    public async Task Members_of_a_role_come_into_its_database(string user, string password, bool comesIn)
    {
        var builder = servers.As(user, password.Length == 0 ? " " : password, SslMode.Prefer);
        builder.Database = "shop";
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        if (comesIn)
            await connection.OpenAsync();
        else
            Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync())).SqlState);
    }

    [Theory]
    [InlineData("certified", "certified", null, true)]
    [InlineData("certified", "twofold", null, false)]
    [InlineData("twofold", "twofold", "both", true)]
    [InlineData("twofold", "certified", "both", false)]
    [InlineData("twofold", "twofold", "wrong", false)]
    public async Task A_certificate_names_the_role(string user, string certificate, string? password, bool comesIn)
    {
        var builder = servers.As(user, password, SslMode.VerifyFull);
        builder.RootCertificate = servers.Certificates.Path("authority.crt");
        builder.SslCertificate = servers.Certificates.Path(certificate + ".crt");
        builder.SslKey = servers.Certificates.Path(certificate + ".key");
        if (comesIn)
            Assert.Equal(50L, await CountAsync(builder));
        else
            await Assert.ThrowsAsync<PostgresException>(() => CountAsync(builder));
    }

    [Fact]
    public async Task Libpq_binds_the_password_to_the_channel()
    {
        var (code, output) = await PsqlAsync("SELECT count(*) FROM t", ("PGCHANNELBINDING", "require"), ("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", servers.Certificates.Path("authority.crt")));
        Assert.Equal((0, "50"), (code, output));
    }

    [Fact]
    public async Task Much_passes_in_both_directions_over_TLS()
    {
        await using var source = NpgsqlDataSource.Create(servers.As("alice", "sécret", SslMode.Require).ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var query = new NpgsqlCommand("SELECT repeat(md5($1), 10000) FROM generate_series(1, 100)", connection) { Parameters = { new() { Value = new string('x', 3_000_000) } } };
        await using var reader = await query.ExecuteReaderAsync();
        var length = 0L;
        while (await reader.ReadAsync())
            length += reader.GetString(0).Length;
        Assert.Equal(32_000_000, length);
    }

    [Fact]
    public async Task Nodes_that_ask_for_passwords_get_what_the_client_has_shown()
    {
        const string Asking = "local all postgres trust\nhost all postgres 127.0.0.1/32 trust\nlocal all all scram-sha-256\nhost all all all scram-sha-256\n";
        var trusting = await SetNodeRulesAsync(Asking);
        try
        {
            for (var round = 0; round < 2; round++)
            {
                foreach (var node in servers.Cluster.Nodes)
                    await ExecuteAsync(node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('alice', 'plain')");
                Assert.Equal(50L, await CountAsync(servers.As("alice", round == 0 ? "sécret" : "another", SslMode.Require)));
                Assert.Equal(50L, await CountAsync(servers.As("plain", "p", SslMode.Disable)));

                // The nodes have an older verifier from now on.
                await ExecuteAsync(servers.Cluster.Router, "ALTER ROLE alice PASSWORD 'another'");
            }

            Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => CountAsync(servers.As("old", "o", SslMode.Disable)))).SqlState);
        }
        finally
        {
            await SetNodeRulesAsync(trusting);
            await ExecuteAsync(servers.Cluster.Router, "ALTER ROLE alice PASSWORD 'sécret'");
        }

        Assert.DoesNotContain("SCRAM-SHA-256$", servers.Cluster.NodeLog(1), StringComparison.Ordinal);
        Assert.DoesNotContain("SCRAM-SHA-256$", servers.Cluster.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_and_certificates_are_read_again_when_they_change()
    {
        var rules = await File.ReadAllTextAsync(servers.RulesFile);
        try
        {
            await File.WriteAllTextAsync(servers.RulesFile, "host all ghost all trust\n" + rules);
            Assert.Equal("28000", (await Assert.ThrowsAsync<PostgresException>(() => CountAsync(servers.As("ghost", null, SslMode.Disable)))).SqlState);
            await ExecuteAsync(servers.Cluster.Router, "CREATE ROLE ghost LOGIN");
            Assert.Equal(50L, await CountAsync(servers.As("ghost", null, SslMode.Disable)));

            // What makes no sense leaves the last that did in force.
            await File.WriteAllTextAsync(servers.RulesFile, "host all ghost all magic\n");
            Assert.Equal(50L, await CountAsync(servers.As("ghost", null, SslMode.Disable)));
            Assert.Contains("line 1: authentication method \"magic\" is not supported", servers.Cluster.Log, StringComparison.Ordinal);
        }
        finally
        {
            await File.WriteAllTextAsync(servers.RulesFile, rules);
        }

        servers.Certificates.Write("router", "renewed");
        var (_, subject) = await PsqlAsync("SELECT 1", ("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", servers.Certificates.Path("authority.crt")));
        Assert.Equal("1", subject);
        await File.WriteAllTextAsync(servers.Certificates.Path("router.crt"), "no certificate");
        Assert.Equal(50L, await CountAsync(servers.As("alice", "sécret", SslMode.Require)));
        servers.Certificates.Write("router", "router");
    }

    private async Task<string> SetNodeRulesAsync(string rules)
    {
        var before = await File.ReadAllTextAsync(servers.Cluster.NodeFile(0, "pg_hba.conf"));
        for (var node = 0; node < servers.Cluster.Nodes.Length; node++)
        {
            await File.WriteAllTextAsync(servers.Cluster.NodeFile(node, "pg_hba.conf"), rules);
            await ExecuteAsync(servers.Cluster.Nodes[node], "SELECT pg_reload_conf()");
        }

        // The postmaster reads it when it gets to it.
        await Task.Delay(500);
        return before;
    }

    private static async Task<long> CountAsync(NpgsqlConnectionStringBuilder builder)
    {
        await using var connection = new NpgsqlConnection(builder.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT count(*) FROM public.t", connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<(int Code, string Output)> PsqlAsync(string sql, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("psql", ["-X", "-w", "-h", "127.0.0.1", "-p", $"{servers.Cluster.Port}", "-U", "alice", "-d", "postgres", "-qAtc", sql])
        {
            RedirectStandardOutput = true,
            Environment = { ["PGPASSWORD"] = "sécret" },
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output.Trim());
    }
}
