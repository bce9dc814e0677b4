using System.Text;
using Tangelo.Catalog.Model;
using Tangelo.Execution.Tests.Support;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Tests.Copy;

/// <summary>PostgreSQL loads the same data whole; rows, counts and errors with their CONTEXT must agree.</summary>
[Collection(nameof(PostgresCollection))]
public sealed class Split_data_is_loaded_as_PostgreSQL_would(PostgresFixture server)
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public Task Random_data_into_one_shard(bool csv, int seed) => SoupAsync(csv, seed, " NOT NULL", DistributionMethod.Hash, nodes: 1);

    [Theory]
    [InlineData(false, 5)]
    [InlineData(true, 6)]
    public Task Random_data_into_a_reference_table(bool csv, int seed) => SoupAsync(csv, seed, "", DistributionMethod.Reference, nodes: 2);

    [Theory]
    [InlineData(false, 7)]
    [InlineData(true, 8)]
    public Task Random_data_whose_rows_pass_in_pieces(bool csv, int seed) => SoupAsync(csv, seed, " NOT NULL", DistributionMethod.Hash, nodes: 1, longRowBytes: 8);

    private async Task SoupAsync(bool csv, int seed, string constraint, DistributionMethod method, int nodes, int? longRowBytes = null)
    {
        using var cluster = await CopyCluster.CreateAsync(server, $"soup_{seed}", $"key text{constraint}, c1 text, c2 text", shards: 1, nodes, method);
        cluster.Settings = longRowBytes is { } bytes ? new() { LongRowBytes = bytes } : new();
        var failures = 0;
        const int Rounds = 1500;
        for (var round = 0; round < Rounds; round++)
        {
            var soup = new CopySoup((seed * 1_000_000) + round);
            var options = soup.Options(csv);
            cluster.ChunkSize = soup.Next(2) == 0 ? null : () => soup.Next(7) + 1;
            if (await cluster.CompareAsync(soup.Data(options, 3, 6), options) is not null)
                failures++;
        }

        Assert.InRange(failures, Rounds / 20, Rounds * 19 / 20);
        Assert.InRange(cluster.LongRows, longRowBytes is null ? 0 : Rounds / 5, longRowBytes is null ? 0 : int.MaxValue);
    }

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 4)]
    public async Task Random_data_over_many_shards_with_the_key_anywhere(bool csv, int seed)
    {
        using var cluster = await CopyCluster.CreateAsync(
            server, csv ? "spread_csv" : "spread_text", "c1 text, key text, c2 text, c3 text", shards: 8, nodes: 2);
        var loaded = 0;
        for (var round = 0; round < 300; round++)
        {
            var soup = new CopySoup((seed * 1_000_000) + round);
            var options = soup.Options(csv, keyIsFirst: false) with { Header = CopyHeader.None };
            string[] columns = soup.Pick<string[]>(["c1", "key", "c2", "c3"], ["key", "c1"], ["c3", "c2", "key"]);
            cluster.ChunkSize = () => soup.Next(100) + 1;
            var data = soup.Data(options, columns.Length, 30);
            if (!await IsAcceptedAsync(cluster, data, options, columns))
                continue;
            loaded++;
            await cluster.CompareAsync(data, options, columns);
        }

        Assert.InRange(loaded, 20, 300);
    }

    /// <summary>Only data that PostgreSQL takes and in which no key is NULL: which of several errors comes first is a matter of timing.</summary>
    private static async Task<bool> IsAcceptedAsync(CopyCluster cluster, byte[] data, CopyOptions options, string[] columns)
    {
        await cluster.BeginAsync();
        try
        {
            await cluster.Plain.CopyInAsync($"COPY {cluster.Table.Name} ({string.Join(", ", columns)}) FROM STDIN ({options.Text})", data);
            return await cluster.Plain.ScalarAsync($"SELECT count(*) FROM {cluster.Table.Name} WHERE key IS NULL") == "0";
        }
        catch (Core.PgException)
        {
            return false;
        }
        finally
        {
            await cluster.EndAsync();
        }
    }

    [Fact]
    public async Task A_fault_in_any_line_is_reported_with_the_clients_line()
    {
        using var cluster = await CopyCluster.CreateAsync(
            server, "faults", "key int NOT NULL, age int, note text CHECK (note <> 'bad')", shards: 8, nodes: 2);
        string[] faults =
        [
            "x{0},1,a", "{0},y,a", "{0},1", "{0},1,a,b", "{0},1,bad", ",1,a", "\"\",1,a", "99999999999,1,a", "{0},99999999999,\"a\nb\"",
            "", "{0},\"1\n\",\"\"\"\n", " {0} ,z,a", "{0}",
        ];
        var number = 0;
        foreach (var fault in faults)
        {
            for (var at = 0; at < 40; at += 13)
            {
                foreach (var lineEnd in new[] { "\n", "\r\n", "\r" })
                {
                    var text = new StringBuilder();
                    for (var line = 0; line < 40; line++)
                    {
                        text.Append(line == at ? string.Format(fault, line) : line % 5 == 0 ? $"{line},2,\"two\nlines \r and\r\nmore\"" : $" {line},3,ok");
                        text.Append(lineEnd);
                    }

                    Assert.NotNull(await cluster.CompareAsync(Encoding.UTF8.GetBytes(text.ToString()), CopyOptionsText.Csv()));
                    number++;
                }
            }
        }

        Assert.Equal(faults.Length * 4 * 3, number);
    }

    [Fact]
    public async Task Binary_data_and_its_faults()
    {
        using var cluster = await CopyCluster.CreateAsync(server, "bin", "c1 text, key bigint NOT NULL, c2 text", shards: 8, nodes: 2);
        var payloads = await cluster.Plain.CopyOutAsync(
            "COPY (SELECT repeat('x', i), i::bigint, CASE WHEN i % 3 > 0 THEN 'é' || i END FROM generate_series(1, 40) i) TO STDOUT (FORMAT binary)");
        var data = payloads.SelectMany(p => p).ToArray();
        Assert.Null(await cluster.CompareAsync(data, CopyOptionsText.Binary()));
        Assert.Null(await cluster.CompareAsync(data[..^2], CopyOptionsText.Binary()));

        // Cut anywhere, and with any byte of the first rows changed.
        for (var length = 0; length < 250; length++)
            await cluster.CompareAsync(data[..length], CopyOptionsText.Binary());
        for (var at = 0; at < 150; at++)
        {
            foreach (var value in new byte[] { 0, 1, 0x7F, 0xFF })
            {
                var changed = data.ToArray();
                changed[at] = value;
                await cluster.CompareAsync(changed, CopyOptionsText.Binary());
            }
        }

        Assert.NotNull(await cluster.CompareAsync([.. data, 1], CopyOptionsText.Binary()));
    }
}
