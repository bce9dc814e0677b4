using System.Text;
using Tangelo.Harness;

namespace Tangelo.Clients.Tests;

/// <summary>
/// The drivers that applications use get the same through a router, with distributed tables, as from a plain server: each program
/// of <c>tests/clients</c> prints the same lines.
/// </summary>
public sealed class ClientTests(ClientServers servers) : IClassFixture<ClientServers>
{
    private const int LinesShown = 10;

    [ClientFact]
    public Task Psql_and_pgbench() => SameEverywhereAsync(new ClientProgram("psql", "bash", "run.sh"));

    [ClientFact(Toolchain.Node)]
    public async Task Node() => await SameEverywhereAsync(new ClientProgram("node", "node", "client.js")
    {
        Variables = new Dictionary<string, string> { ["NODE_PATH"] = await NodePackages.InstallAsync(Path.Combine(Repository.Root, "tests/clients/node")) },
    });

    [ClientFact(Toolchain.Jdbc)]
    public Task Jdbc() => SameEverywhereAsync(new ClientProgram("jdbc", "java", "-cp", Toolchains.JdbcDriver, "Client.java"));

    [ClientFact(Toolchain.Psycopg)]
    public Task Psycopg() => SameEverywhereAsync(new ClientProgram("psycopg", Toolchains.Python, "client.py"));

    [ClientFact(Toolchain.Psycopg2)]
    public Task Psycopg_2() => SameEverywhereAsync(new ClientProgram("psycopg2", Toolchains.Python, "client.py"));

    [ClientFact]
    public Task Npgsql() => SameEverywhereAsync(DotNet("npgsql", "Tangelo.Clients.Npgsql.dll"));

    [ClientFact]
    public Task Ef_core() => SameEverywhereAsync(DotNet("efcore", "Tangelo.Clients.EfCore.dll"));

    // From its own folder, where the packages that it needs are; built as this project is.
    private static ClientProgram DotNet(string folder, string assembly) =>
        new(folder, Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            Path.Combine([Repository.Root, "tests/clients", folder, "bin", .. AppContext.BaseDirectory.TrimEnd('/').Split('/')[^2..], assembly]));

    private async Task SameEverywhereAsync(ClientProgram program)
    {
        var plain = program.RunAsync(servers.Plain.Port, distributes: false);
        var router = program.RunAsync(servers.Cluster.Port, distributes: true);
        var lending = program.RunAsync(servers.Lending.Port, distributes: true);
        await Task.WhenAll(plain, router, lending);
        var expected = await plain;
        Assert.True(expected.Count > LinesShown, $"{program.Folder} printed {expected.Count} lines.");
        Assert.Equal("", Differences(expected, await router));
        Assert.Equal("", Differences(expected, await lending));
    }

    private static string Differences(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        var differing = Enumerable.Range(0, Math.Max(expected.Count, actual.Count)).Where(n => Line(expected, n) != Line(actual, n)).ToList();
        var text = new StringBuilder();
        foreach (var n in differing.Take(LinesShown))
            text.AppendLine($"line {n + 1}\n  plain:  {Line(expected, n)}\n  router: {Line(actual, n)}");
        if (differing.Count > LinesShown)
            text.AppendLine($"and {differing.Count - LinesShown} more");
        return text.ToString();
    }

    private static string Line(IReadOnlyList<string> lines, int number) => number < lines.Count ? lines[number] : "(the end)";
}
