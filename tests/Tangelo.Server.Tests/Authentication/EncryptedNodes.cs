using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Server.Tests.Authentication;

/// <summary>A cluster whose workers let nobody in without encryption, and a router that reaches them by TCP.</summary>
public sealed class EncryptedNodes : IAsyncLifetime
{
    private const string Rules =
        """
        local     all worded    trust
        local     all certified trust
        local     all all       trust
        hostssl   all worded    127.0.0.1/32 scram-sha-256
        hostssl   all certified 127.0.0.1/32 cert
        hostssl   all all       127.0.0.1/32 trust
        """;

    private TestCluster? _cluster;
    private TestRouter? _router;
    private string _said = "";
    private Certificates? _certificates;
    private Certificates? _strangers;

    public TestRouter Router => _router!;

    internal Certificates Certificates => _certificates!;

    /// <summary>Of another authority.</summary>
    internal Certificates Strangers => _strangers!;

    /// <summary>The file by which workers know certificates.</summary>
    public string Authority => Certificates.Path("authority.crt");

    public async Task InitializeAsync()
    {
        _certificates = new Certificates(Directory.CreateTempSubdirectory("tangelo_nodes_").FullName);
        _strangers = new Certificates(Directory.CreateTempSubdirectory("tangelo_strangers_").FullName);
        File.SetUnixFileMode(_certificates.Folder, (UnixFileMode)0b111_101_101);
        _certificates.Write("node", "node");
        _certificates.Write("certified", "certified");
        _certificates.Write("elsewhere", "elsewhere", "elsewhere.example");
        _cluster = await TestCluster.StartAsync();
        await _cluster.Router.ExecuteAsync(
            """
            CREATE ROLE worded LOGIN;
            CREATE ROLE certified LOGIN;
            CREATE TABLE t (id int PRIMARY KEY);
            SELECT create_distributed_table('t', 'id');
            INSERT INTO t SELECT generate_series(1, 50);
            GRANT SELECT ON t TO PUBLIC
            """);
        await WriteServerCertificateAsync("node");
        await OnWorkersAsync("ALTER ROLE worded PASSWORD 'it is long'", "ALTER SYSTEM SET ssl = on", $"ALTER SYSTEM SET ssl_ca_file = '{Authority}'");
        foreach (var node in new[] { 1, 2 })
            await File.WriteAllTextAsync(_cluster.NodeFile(node, "pg_hba.conf"), Rules);
        await OnWorkersAsync("SELECT pg_reload_conf()");
        _router = await _cluster.AddRouterAsync();
    }

    public async Task DisposeAsync()
    {
        if (_router is not null)
            await _router.DisposeAsync();
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        foreach (var certificates in new[] { _certificates, _strangers })
        {
            if (certificates is not null)
                Directory.Delete(certificates.Folder, recursive: true);
        }
    }

    /// <summary>Runs statements on every worker.</summary>
    public async Task OnWorkersAsync(params string[] statements)
    {
        foreach (var node in new[] { 1, 2 })
        {
            foreach (var statement in statements)
                await _cluster!.Nodes[node].ExecuteAsync(statement);
        }
    }

    /// <summary>The servers' own files have to belong to them.</summary>
    public async Task WriteServerCertificateAsync(string name)
    {
        foreach (var extension in new[] { "crt", "key" })
        {
            var text = await File.ReadAllTextAsync(Certificates.Path($"{name}.{extension}"));
            await OnWorkersAsync(
                $"COPY (SELECT regexp_split_to_table('{text.Trim()}', '\n')) TO PROGRAM 'umask 077; cat > server.{extension}'");
        }

        await OnWorkersAsync("SELECT pg_reload_conf()");
    }

    /// <summary>Sets citus.node_conninfo, and waits until no connection is left that was opened before.</summary>
    public async Task SayAsync(string conninfo)
    {
        if (conninfo == _said)
            return;
        _said = conninfo;
        await Router.DataSource.ExecuteAsync($"ALTER SYSTEM SET citus.node_conninfo = '{conninfo.Replace("'", "''", StringComparison.Ordinal)}'");
        var from = await _cluster!.Nodes[0].ScalarAsync<DateTime>("SELECT clock_timestamp()");
        await WaitAsync(async () => await CountAsync($"client_addr IS NOT NULL AND backend_start < '{from:O}'") == 0);
    }

    /// <summary>Waits until a statement waits for a lock on a worker.</summary>
    public Task WaitUntilAWorkerWaitsAsync() => WaitAsync(async () => await CountAsync("wait_event_type = 'Lock'") > 0);

    private async Task<long> CountAsync(string condition)
    {
        var count = 0L;
        foreach (var node in new[] { 1, 2 })
            count += await _cluster!.Nodes[node].ScalarAsync<long>($"SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tangelo' AND {condition}");
        return count;
    }

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        for (var again = 0; !await condition(); again++)
        {
            if (again == 100)
                throw new TimeoutException("What was waited for did not happen.");
            await Task.Delay(100);
        }
    }
}
