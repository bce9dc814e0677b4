using System.Diagnostics;
using Npgsql;
using Tangelo.Cluster.Metadata;
using Tangelo.Harness;
using Xunit;

namespace Tangelo.Catalog.Tests.Introspection;

#pragma warning disable CA1001 // xunit disposes of it by IAsyncLifetime.
/// <summary>Two databases with the same objects: one plain, one a coordinator behind a <see cref="FilteringProxy"/>.</summary>
public sealed class CoordinatorFixture : IAsyncLifetime
{
    public const string Plain = "plain";
    public const string Cluster = "clust";

    private TestPostgres? _postgres;
    private FilteringProxy? _proxy;

    public async Task InitializeAsync()
    {
        _postgres = await TestPostgres.StartAsync();
        await ExecuteAsync("postgres", "CREATE ROLE introspected LOGIN");
        await ExecuteAsync("postgres", $"CREATE DATABASE {Plain}");
        await ExecuteAsync("postgres", $"CREATE DATABASE {Cluster}");
        await ExecuteAsync(Plain, UserObjects.Sql);
        await ExecuteAsync(Cluster, UserObjects.Sql);
        await using (var coordinator = NpgsqlDataSource.Create(ConnectionString(Cluster)))
            await MetadataInstaller.InstallAsync(coordinator, new InstallOptions("127.0.0.1", 1, "secret"));
        await ExecuteAsync(Cluster, UserObjects.DistributedSql);
        _proxy = new FilteringProxy(_postgres.Port);
    }

    public async Task DisposeAsync()
    {
        if (_proxy is not null)
            await _proxy.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
    }

    public string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={_postgres!.Port};Username=postgres;Database={database};Pooling=false";

    /// <summary>What psql prints for a command, as a user of the plain database or of the cluster sees it.</summary>
    public Task<string> PsqlAsync(string database, string command, string user = "postgres") =>
        RunAsync("psql", database, user, "-X", "-v", "ON_ERROR_STOP=1", "-A", "-c", command);

    public Task<string> PgDumpAsync(string database, params string[] arguments) => RunAsync("pg_dump", database, "postgres", arguments);

    public async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string> RunAsync(string program, string database, string user, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PGHOST"] = "127.0.0.1";
        start.Environment["PGPORT"] = $"{(database == Cluster ? _proxy!.Port : _postgres!.Port)}";
        start.Environment["PGUSER"] = user;
        start.Environment["PGDATABASE"] = database;
        start.Environment["PGSSLMODE"] = "disable";
        start.Environment["PGGSSENCMODE"] = "disable";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} on {database}: {await errors}");
        return (await output) + (await errors);
    }
}
