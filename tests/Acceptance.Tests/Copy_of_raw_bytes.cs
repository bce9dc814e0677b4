using System.Text;
using Npgsql;
using Tangelo.Harness;
using Tangelo.Harness.Wire;

namespace Tangelo.Acceptance.Tests;

/// <summary>
/// The same bytes into a distributed table and into one of the coordinator, which PostgreSQL loads by itself: rows, or the error with its CONTEXT, are
/// the same.
/// </summary>
public sealed class Copy_of_raw_bytes(ClusterFixture fixture) : IClassFixture<ClusterFixture>, IAsyncLifetime
{
    private static readonly Encoding Raw = Encoding.Latin1;

    private NpgsqlDataSource Router => fixture.Cluster.Router;

    public Task InitializeAsync() => Router.ExecuteAsync(
        """
        DROP SCHEMA IF EXISTS here, there CASCADE;
        CREATE SCHEMA here CREATE TABLE t (k text NOT NULL, a int, note text);
        CREATE SCHEMA there CREATE TABLE t (k text NOT NULL, a int, note text);
        SELECT create_distributed_table('there.t', 'k');
        """);

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("SJIS", "95 5c 83 5c 94 5c 8f 5c 97 5c 83 7c b1")]
    [InlineData("SHIFT_JIS_2004", "95 5c 83 5c 94 5c 81 7c")]
    [InlineData("BIG5", "a5 5c b3 5c bb 5c a4 7c")]
    [InlineData("GBK", "d5 5c 81 7c 88 5c 81 5c")]
    [InlineData("UHC", "8c 63 b9 e6 b0 a2 81 61")]
    [InlineData("GB18030", "d5 5c 81 39 ef 30 95 32 82 36 81 7c")]
    [InlineData("JOHAB", "a0 a1 a0 a2 a0 a3")]
    public async Task Encodings_in_which_a_character_may_hold_a_backslash_or_a_bar(string encoding, string characters)
    {
        var text = Raw.GetString(Convert.FromHexString(characters.Replace(" ", "", StringComparison.Ordinal)));
        var broken = 0;
        foreach (var (options, delimiter) in new[] { ("FORMAT csv", ','), ("FORMAT text", '\t'), ("FORMAT csv, DELIMITER '|'", '|'), ("FORMAT text, DELIMITER '|'", '|'), ("FORMAT csv, HEADER MATCH", ',') })
        {
            var header = options.EndsWith("MATCH", StringComparison.Ordinal) ? "k,a,note\n" : "";
            string Row(string key, object age, string note) => $"{key}{delimiter}{age}{delimiter}{note}\n";
            string[] inputs =
            [
                string.Concat(Enumerable.Range(0, 200).Select(i => Row(text + i, i, "x" + text))),
                Row(text, 1, "a") + Row(text, 2, "b\u00FF\u00FF") + Row(text, 3, "c"),
                Row(text, 1, "a") + Row(text, "x", "b") + Row(text, 3, "\u00FF\u00FF"),
                Row(text, 1, "a") + Row(text, 2, "b\0"),
                Row(text, 1, "a") + $"{text}{delimiter}2{delimiter}cut\u00E0",
                Row(text, 1, "a") + Row(text, 2, $"b{delimiter}{text}"),
            ];
            foreach (var input in inputs)
                broken += await CompareAsync($"{options}, ENCODING '{encoding}'", header + input) ? 0 : 1;
        }

        Assert.InRange(broken, 20, 28);
    }

    public static TheoryData<string, string> Malformed => new()
    {
        { "FORMAT text", "a\t1\tx\nb\t2\n" },
        { "FORMAT text", "a\t1\tx\nb\t2\tx\ty\n" },
        { "FORMAT text", "a\t1\tx\nb\n" },
        { "FORMAT text", "a\t1\tx\n\n" },
        { "FORMAT text", "a\t1\tx\nb\t2\ty\r\n" },
        { "FORMAT text", "a\t1\tx\r\nb\t2\ty\n" },
        { "FORMAT text", "a\t1\tx\rb\t2\ty\n" },
        { "FORMAT text", "a\t1\tx\r\nb\t2\ty\rc\t3\tz\r\n" },
        { "FORMAT text", "a\t1\tx\n\\.\nb\t2\ty\n" },
        { "FORMAT text", "a\t1\tx\n\\.\r\nb\t2\ty\n" },
        { "FORMAT text", "a\t1\tx\nb\t2\ty\\.\n" },
        { "FORMAT text", "a\t1\tx\n\\.more\n" },
        { "FORMAT text", "a\t1\tx\\\ny\nb\t2\ty\n" },
        { "FORMAT text", "a\t1\tx\\" },
        { "FORMAT text", "a\t1\t\\x\\xg\\8\\q\\101\\x41\n" },
        { "FORMAT text", "a\t1\tx\nb\t2\t\\xff\n" },
        { "FORMAT text", "a\t1\tx\nb\t2\t\\000\n" },
        { "FORMAT text", "a\t1\tx\nb\t2\ty\u00FF\n" },
        { "FORMAT text", "a\t1\tx\nb\u00C3\t2\ty\n" },
        { "FORMAT text", "a\t1\tx\nb\t2\ty\0z\n" },
        { "FORMAT text", "a\t1\tx\n\\N\t2\ty\n" },
        { "FORMAT text", "a\t1\tx\nb\t99999999999\ty\n" },
        { "FORMAT text", "a\t1\tx\nb\t2.5\ty\nc\tx\tz\n" },
        { "FORMAT text, NULL ''", "a\t1\tx\n\t2\ty\n" },
        { "FORMAT text, HEADER MATCH", "k\ta\tNote\na\t1\tx\n" },
        { "FORMAT text, HEADER MATCH", "k\ta\na\t1\tx\n" },
        { "FORMAT text, HEADER MATCH", "" },
        { "FORMAT csv", "a,1,x\nb,2\n" },
        { "FORMAT csv", "a,1,x\nb,2,x,y\n" },
        { "FORMAT csv", "a,1,\"x\nb,2,y\n" },
        { "FORMAT csv", "a,1,x\n\"b,2,y\n" },
        { "FORMAT csv", "a,1,\"x\ny\"\nb,x,y\n" },
        { "FORMAT csv", "a,1,\"x\r\ny\"\r\nb,x,y\r\n" },
        { "FORMAT csv", "a,1,\"x\ry\"\nb,x,y\n" },
        { "FORMAT csv", "a,1,\"x\ny\"\rb,x,y\r" },
        { "FORMAT csv", "a,1,x\nb,2,y\r\n" },
        { "FORMAT csv", "a,1,x\r\nb,2,y\n" },
        { "FORMAT csv", "a,1,x\n\\.\nb,2,y\n" },
        { "FORMAT csv", "a,1,x\n\\." },
        { "FORMAT csv", "a,1,x\n\n" },
        { "FORMAT csv", "a,1,x\nb,2,x\"y\nz\"w\n" },
        { "FORMAT csv, ESCAPE '\\'", "a,1,\"x\\\"y\"\nb,2,\"z\\\n" },
        { "FORMAT csv", "a,1,x\n,2,y\n" },
        { "FORMAT csv", "a,1,x\n\"\",2,y\n" },
        { "FORMAT csv, FORCE_NULL (k)", "a,1,x\n\"\",2,y\n" },
        { "FORMAT csv, FORCE_NOT_NULL (k, note)", "a,1,x\n,2,\n" },
        { "FORMAT csv, NULL 'nil', FORCE_NULL (k, note), FORCE_NOT_NULL (note)", "a,1,nil\nb,2,\"nil\"\n" },
        { "FORMAT csv, FORCE_NOT_NULL (a)", "a,1,x\nb,,y\n" },
        { "FORMAT csv", "a,1,x\nb,2,y\u00FF\n" },
        { "FORMAT csv, HEADER", "" },
        { "FORMAT csv, HEADER", "a,1,\"x" },
        { "FORMAT csv, HEADER MATCH", "k,a,\"note\"\na,1,x\n" },
        { "FORMAT csv, HEADER MATCH", "k,,note\na,1,x\n" },
        { "FORMAT csv, ENCODING 'LATIN1', HEADER MATCH", "k,a,not\u00E9\na,1,x\n" },
        { "FORMAT csv, ENCODING 'LATIN1'", "\u00E9,1,\u00E9\n\u00E8,y,\u00E8\n" },
        { "FORMAT csv, ENCODING 'EUC_JP'", "\u00C6\u00FC,1,\u00CB\u00DC\nb,2,\u008E\n" },
        { "FORMAT csv, QUOTE '''', DELIMITER ';'", "'a;';1;'x''y'\nb;2;'z\n" },
        { "FORMAT binary", "PGCOPY\n" },
        { "FORMAT binary", "PGCOPY\n\u00FF\r\n\0\0\0\0\0\0\0\0\0\0\u0002" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task Malformed_data(string options, string data) => await CompareAsync(options, data);

    [Fact]
    public async Task Of_a_worker_that_named_its_master()
    {
        Assert.Equal("COPY 1", await LoadAsync("there", "FORMAT csv, master_host 'localhost', master_port 5432", "a,1,x\n"));
        Assert.Equal(1L, await Router.ScalarAsync<long>("SELECT count(*) FROM there.t"));
    }

    [Fact]
    public async Task A_header_in_the_encoding_of_the_client()
    {
        await Router.ExecuteAsync("ALTER TABLE here.t RENAME note TO \"caf\u00E9\"; ALTER TABLE there.t RENAME note TO \"caf\u00E9\"");
        async Task<string> HeaderAsync(string schema, string options)
        {
            await using var session = await OpenAsync();
            var reply = await session.QueryAsync($"COPY {schema}.t TO STDOUT (FORMAT csv, HEADER{options})", null, default);
            return Raw.GetString(reply.Replies[0].CopyOut!.ToArray());
        }

        Assert.Equal("k,a,caf\u00E9\n", await HeaderAsync("there", ", ENCODING 'LATIN1'"));
        foreach (var options in new[] { "", ", ENCODING 'LATIN1'", ", ENCODING 'UTF8'" })
            Assert.Equal(await HeaderAsync("here", options), await HeaderAsync("there", options));
    }

    /// <summary>Loads the bytes into both tables. True when they were taken.</summary>
    private async Task<bool> CompareAsync(string options, string data)
    {
        var (expected, actual) = (await LoadAsync("here", options, data), await LoadAsync("there", options, data));
        Assert.True(expected == actual, $"{options}: expected {expected}, but got {actual} of {data}");
        Assert.Equal(await RowsAsync("here"), await RowsAsync("there"));
        await Router.ExecuteAsync("TRUNCATE here.t; TRUNCATE there.t");
        return expected.StartsWith("COPY", StringComparison.Ordinal);
    }

    private async Task<string> LoadAsync(string schema, string options, string data)
    {
        await using var session = await OpenAsync();
        await session.QueryAsync($"SET search_path = {schema}", null, default);
        var reply = (await session.QueryAsync($"COPY t FROM STDIN ({options})", new CopyInput(Raw.GetBytes(data), isExtended: false), default)).Replies[0];
        return reply.Error is { } e ? $"{e.SqlState} {e.Message} | {e['D']} | {e['H']} | {e['W']} | {e['t']} | {e['c']}" : reply.Tag!;
    }

    private Task<WireSession> OpenAsync() => WireSession.OpenAsync(new ServerAddress("127.0.0.1", fixture.Cluster.Port), default);

    private Task<IReadOnlyList<string>> RowsAsync(string schema) => Router.ColumnAsync<string>($"SELECT t::text FROM {schema}.t ORDER BY t::text COLLATE \"C\"");
}
