using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Server.Tests.Authentication;

/// <summary>A cluster whose clients prove who they are, over TLS.</summary>
public sealed class ProtectedCluster : IAsyncLifetime
{
    private const string Rules =
        """
        # The one who sets up the roles.
        host    all   postgres              127.0.0.1/32            trust
        hostssl all   alice,"bob b"         all                     scram-sha-256
        host    all   old                   127.0.0.0 255.0.0.0     md5
        hostnossl all plain                 samehost                password
        hostssl all   certified             all                     cert
        hostssl all   twofold               all                     scram-sha-256 clientcert=verify-full
        host    all   nobody                all                     reject
        host    shop  +staff                127.0.0.1/32            scram-sha-256
        """;

    private TestCluster? _cluster;
    private Certificates? _certificates;

    public TestCluster Cluster => _cluster!;

    internal Certificates Certificates => _certificates!;

    public string RulesFile => Certificates.Path("rules.conf");

    public async Task InitializeAsync()
    {
        _certificates = new Certificates(Directory.CreateTempSubdirectory("tangelo_tls_").FullName);
        _certificates.Write("router", "router");
        _certificates.Write("certified", "certified");
        _certificates.Write("twofold", "twofold");
        await File.WriteAllTextAsync(RulesFile, Rules);
        _cluster = await TestCluster.StartAsync(new TestClusterOptions
        {
            RouterArguments =
            [
                "--hba-file", RulesFile, "--tls-cert", _certificates.Path("router.crt"), "--tls-key", _certificates.Path("router.key"),
                "--tls-client-ca", _certificates.Path("authority.crt"),
            ],
        });
        await using var command = Cluster.Router.CreateCommand(
            """
            CREATE ROLE alice LOGIN PASSWORD 'sécret';
            CREATE ROLE "bob b" LOGIN PASSWORD 'b''b';
            CREATE ROLE plain LOGIN PASSWORD 'p';
            CREATE ROLE certified LOGIN;
            CREATE ROLE twofold LOGIN PASSWORD 'both';
            CREATE ROLE nobody LOGIN PASSWORD 'n';
            CREATE ROLE staff;
            CREATE ROLE carl LOGIN PASSWORD 'c' IN ROLE staff;
            CREATE ROLE late LOGIN PASSWORD 'l' VALID UNTIL '2020-01-01' IN ROLE staff;
            CREATE ROLE unset LOGIN IN ROLE staff;
            SET password_encryption = md5;
            CREATE ROLE old LOGIN PASSWORD 'o';
            RESET password_encryption;
            CREATE TABLE t (id int PRIMARY KEY);
            SELECT create_distributed_table('t', 'id');
            INSERT INTO t SELECT generate_series(1, 50);
            GRANT SELECT, INSERT ON t TO PUBLIC
            """);
        await command.ExecuteNonQueryAsync();
        await using var shop = Cluster.Router.CreateCommand("CREATE DATABASE shop");
        await shop.ExecuteNonQueryAsync();
    }

    public async Task DisposeAsync()
    {
        if (_cluster is not null)
            await _cluster.DisposeAsync();
        if (_certificates is { } certificates)
            Directory.Delete(certificates.Folder, recursive: true);
    }

    /// <summary>What Npgsql needs to come in.</summary>
    public NpgsqlConnectionStringBuilder As(string user, string? password, SslMode ssl) => new(Cluster.ConnectionString)
    {
        Username = user,
        Password = password,
        SslMode = ssl,
        Pooling = false,
    };
}
