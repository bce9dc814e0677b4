using System.Text;
using Tangelo.Catalog.Hashing;
using Tangelo.Core;
using Tangelo.Execution.Copy;
using Tangelo.Execution.Tests.Support;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Tests.Copy;

[Collection(nameof(PostgresCollection))]
public sealed class CopyFromOperatorTests(PostgresFixture server)
{
    [Theory]
    [InlineData("id serial, key int NOT NULL, note text", "id")]
    [InlineData("key bigint NOT NULL, id int, note text", "key")]
    public async Task Defaults_of_the_coordinator_come_with_the_rows(string columns, string defaultColumn)
    {
        using var cluster = await CopyCluster.CreateAsync(server, $"defaults_{defaultColumn}", columns, shards: 4, nodes: 2);
        string[] given = [.. cluster.Table.Columns.Select(c => c.Name).Where(n => n != defaultColumn)];
        foreach (var options in new[] { CopyOptionsText.Csv(), CopyOptionsText.Text() })
        {
            var plan = Plan(cluster, options, given, defaultColumn);
            var data = string.Concat(Enumerable.Range(1, 5000).Select(i => $"{i}{(char)options.Delimiter}note {i}\n"));
            await cluster.BeginAsync();
            Assert.Equal(5000, await cluster.LoadAsync(Encoding.UTF8.GetBytes(data), plan));
            var content = (await cluster.ShardContentAsync())!;
            Assert.Equal(5000, content.Split('\n').Length);
            Assert.DoesNotContain("misplaced", content);

            var error = await Assert.ThrowsAsync<PgException>(() => cluster.LoadAsync(Encoding.UTF8.GetBytes(data + "7\n" + data), plan));
            Assert.Equal("missing data for column \"note\"", error.Message.Split(": ", 2)[1]);
            Assert.StartsWith($"COPY {cluster.Table.Name}, line 5001", error.Error.Where);
            await cluster.EndAsync();
        }
    }

    [Fact]
    public async Task Defaults_come_in_binary_too()
    {
        using var cluster = await CopyCluster.CreateAsync(server, "defaults_bin", "key int NOT NULL, id int", shards: 4, nodes: 2);
        cluster.DefaultValue = (_, n) => [(byte)(n >> 24), (byte)(n >> 16), (byte)(n >> 8), (byte)n];
        var payloads = await cluster.Plain.CopyOutAsync("COPY (SELECT generate_series(1, 3000)) TO STDOUT (FORMAT binary)");
        await cluster.BeginAsync();
        Assert.Equal(3000, await cluster.LoadAsync([.. payloads.SelectMany(p => p)], Plan(cluster, CopyOptionsText.Binary(), ["id"], "key")));
        Assert.DoesNotContain("misplaced", await cluster.ShardContentAsync());
        await cluster.EndAsync();
    }

    [Theory]
    [InlineData("tricky,\"'\\\n\r\tvalue")]
    [InlineData("NN")]
    [InlineData("")]
    public async Task Any_default_value_survives_the_format(string value)
    {
        using var cluster = await CopyCluster.CreateAsync(server, "defaults_odd", "key int NOT NULL, note text", shards: 1, nodes: 1);
        cluster.DefaultValue = (_, _) => Encoding.UTF8.GetBytes(value);
        foreach (var options in new[] { CopyOptionsText.Csv(nullText: "NN"), CopyOptionsText.Csv(escape: '\\'), CopyOptionsText.Text(nullText: "NN") })
        {
            await cluster.BeginAsync();
            await cluster.LoadAsync("1\n"u8.ToArray(), Plan(cluster, options, ["key"], "note"));
            await cluster.Plain.QueryAsync($"INSERT INTO {cluster.Table.Name} VALUES (1, {Catalog.ShardNames.Literal(value)})");
            Assert.Equal(await cluster.PlainContentAsync(), await cluster.ShardContentAsync());
            await cluster.EndAsync();
        }
    }

    [Theory]
    [InlineData("numeric(6,1)", "1.26", "x")]
    [InlineData("varchar(3)", "abc   ", "abcd")]
    [InlineData("timestamp(0)", "2024-01-01 10:00:00.7", "never")]
    [InlineData("char(5)", "ab", "abcdef")]
    [InlineData("int[]", "{1,2}", "{1")]
    [InlineData("int4multirange", "{[1,3)}", "{")]
    public async Task Keys_that_only_the_server_can_hash(string type, string good, string bad)
    {
        var name = "asked_" + string.Concat(type.Where(char.IsLetterOrDigit));
        using var cluster = await CopyCluster.CreateAsync(server, name, $"key {type}, note text", shards: 8, nodes: 2);
        var options = CopyOptionsText.Text('|');
        var lines = string.Concat(Enumerable.Range(0, 3000).Select(i => $"{good}|{i}\n"));
        Assert.Null(await cluster.CompareAsync(Encoding.UTF8.GetBytes(lines), options));
        Assert.InRange(cluster.HashCalls, 0, 10);
        Assert.NotNull(await cluster.CompareAsync(Encoding.UTF8.GetBytes($"{lines}{bad}|x\n{lines}"), options));
    }

    [Fact]
    public async Task Rows_with_a_null_key_are_stored_like_all_others()
    {
        using var cluster = await CopyCluster.CreateAsync(server, "nulls", "key int, note text", shards: 4, nodes: 2);
        Assert.Null(await cluster.CompareAsync("1,a\n,b\n2,c\n,d\n"u8.ToArray(), CopyOptionsText.Csv()));
    }

    [Fact]
    public async Task The_client_may_give_up()
    {
        using var cluster = await CopyCluster.CreateAsync(server, "gives_up", "key int, note text", shards: 4, nodes: 2);
        var plan = new CopyFromPlan(cluster.Table, cluster.Table.Columns, CopyOptionsText.Csv(), []);
        var error = await Assert.ThrowsAsync<PgException>(
            () => new CopyFromOperator(plan, cluster).RunAsync(new ChunkSource("1,a\n2,b\n"u8.ToArray(), failure: "no more"), cluster, default));
        Assert.Equal(("57014", "COPY from stdin failed: no more", "COPY gives_up, line 3"), (error.Code, error.Error.Message, error.Error.Where));
    }

    [Fact]
    public async Task After_an_error_the_clients_data_is_read_to_its_end()
    {
        using var cluster = await CopyCluster.CreateAsync(server, "drained", "key int, note text", shards: 4, nodes: 2);
        var plan = new CopyFromPlan(cluster.Table, cluster.Table.Columns, CopyOptionsText.Csv(), []);
        var source = new ChunkSource(Encoding.UTF8.GetBytes("x\n" + string.Concat(Enumerable.Repeat("1,a\n", 100))), () => 7);
        await cluster.BeginAsync();
        cluster.Plan = plan;
        await Assert.ThrowsAsync<PgException>(() => new CopyFromOperator(plan, cluster).RunAsync(source, cluster, default));
        Assert.True(source.Ended);
        await cluster.EndAsync();
    }

    [Fact]
    public async Task Small_batches_and_little_memory_lose_no_row()
    {
        using var cluster = await CopyCluster.CreateAsync(server, "small", "key int NOT NULL, note text", shards: 16, nodes: 3);
        cluster.Settings = new CopyFromSettings(BatchBytes: 4096, TotalBytes: 20_000, QueuedBatches: 1);
        cluster.ChunkSize = () => 8192;
        var data = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"{i},\"note\n{i % 97}\"\n"));
        Assert.Null(await cluster.CompareAsync(Encoding.UTF8.GetBytes(data), CopyOptionsText.Csv()));
        var bad = data.Replace("\n40000,", "\n40000x,");
        Assert.Equal("COPY small, line 80001, column key: \"40000x\"", (await cluster.CompareAsync(Encoding.UTF8.GetBytes(bad), CopyOptionsText.Csv()))?.Where);
    }

    [Fact]
    public async Task An_error_on_a_slow_node_is_told_before_a_later_one_on_another_node()
    {
        using var cluster = await CopyCluster.CreateAsync(
            server, "slow", "key int NOT NULL, note text CHECK (note <> 'bad' AND (note <> 'slow' OR pg_sleep(0.3)::text = ''))", shards: 2, nodes: 2);
        cluster.Settings = new CopyFromSettings(BatchBytes: 4096, QueuedBatches: 100);
        int Key(int shard) => Enumerable.Range(0, 100).First(
            k => KeyHashers.For(new Oid(23))!.TryHashText(Encoding.UTF8.GetBytes($"{k}"), out var hash) && ShardRing.FindShard(cluster.Table, hash) == shard);
        var (one, other) = (Key(0), Key(1));
        var line = new string('x', 100);
        string[] lines =
        [
            $"{one},slow", .. Enumerable.Repeat($"{one},{line}", 98), $"{one},bad", .. Enumerable.Repeat($"{one},{line}", 100),
            $"{other},bad", .. Enumerable.Repeat($"{other},{line}", 100),
        ];
        Assert.StartsWith("COPY slow, line 100", (await cluster.CompareAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)), CopyOptionsText.Csv()))?.Where);
    }

    [Fact]
    public async Task A_row_larger_than_a_batch_goes_alone()
    {
        using var cluster = await CopyCluster.CreateAsync(server, "large", "key int NOT NULL, note text", shards: 2, nodes: 2);
        cluster.ChunkSize = () => 60_000;
        var data = string.Concat(Enumerable.Range(0, 20).Select(i => $"{i},{new string((char)('a' + i), i * 200_000)}\n"));
        Assert.Null(await cluster.CompareAsync(Encoding.UTF8.GetBytes(data), CopyOptionsText.Csv()));
    }

    private static CopyFromPlan Plan(CopyCluster cluster, CopyOptions options, string[] given, string defaultColumn) => new(
        cluster.Table,
        [.. given.Select(n => cluster.Table.FindColumn(n)!)],
        options,
        [new CoordinatorDefault(defaultColumn, "nextval('s')", cluster.Table.FindColumn(defaultColumn)!.TypeName)]);
}
