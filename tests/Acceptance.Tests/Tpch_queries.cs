using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>The 22 queries of TPC-H, at a hundredth of its size, give what plain PostgreSQL gives, and none of them needs the loopback.</summary>
public sealed class Tpch_queries(Tpch_queries.Servers servers) : IClassFixture<Tpch_queries.Servers>
{
    public static TheoryData<int> Numbers => [.. Enumerable.Range(1, 22)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task Give_the_rows_of_plain_PostgreSQL(int number)
    {
        var sql = await File.ReadAllTextAsync(Path.Combine(Servers.Folder, "queries", $"{number:00}.sql"));
        var expected = await servers.Plain.RunAsync(sql);
        var actual = await servers.Psql.RunAsync(sql);
        Assert.Equal(expected.Output, actual.Output);
        Assert.Equal("", actual.Errors);
        Assert.NotEqual("", expected.Output);
        var plan = await servers.Psql.RunAsync("EXPLAIN " + sql);
        Assert.DoesNotContain("loopback", plan.Output, StringComparison.Ordinal);
    }

    /// <summary>A plain server and a cluster with the same rows.</summary>
    public sealed class Servers : ClusterFixture, IAsyncLifetime
    {
        private static readonly string[] Tables = ["region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem"];

        private TestPostgres? _plain;

        internal static string Folder { get; } = Path.Combine(Repository.Root, "bench", "tpch");

        internal PsqlRunner Plain => new(_plain!.Port);

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            _plain = await TestPostgres.StartAsync();
            await RunAsync(Plain, Text("schema.sql") + Text("data.sql"));
            await RunAsync(Psql, Text("schema.sql") + Text("distribute.sql"));
            foreach (var table in Tables)
            {
                var rows = await Plain.RunAsync($"COPY {table} TO STDOUT");
                await RunAsync(Psql, $"COPY {table} FROM STDIN;\n{rows.Output}\\.\n");
            }

            await RunAsync(Plain, Text("indexes.sql"));
            await RunAsync(Psql, Text("indexes.sql"));
        }

        async Task IAsyncLifetime.DisposeAsync()
        {
            if (_plain is not null)
                await _plain.DisposeAsync();
            await DisposeAsync();
        }

        private static string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

        private static async Task RunAsync(PsqlRunner psql, string script)
        {
            var result = await psql.RunAsync(script, ["-qAt", "-v", "scale=0.01", "-v", "ON_ERROR_STOP=1"]);
            Assert.True(result.ExitCode == 0, result.Errors);
        }
    }
}
