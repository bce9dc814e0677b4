using System.Text;
using Npgsql;
using Tangelo.Catalog.Hashing;
using Tangelo.Core;
using Tangelo.Harness;
using Xunit;

namespace Tangelo.Catalog.Tests.Hashing;

[Collection(nameof(PostgresCollection))]
public sealed class KeyHashersTests(PostgresFixture postgres)
{
    public static TheoryData<string> SampledTypes => [.. KeySamples.All().Select(s => s.Type)];

    [Theory]
    [MemberData(nameof(SampledTypes))]
    public async Task Text_and_binary_keys_hash_as_the_server_hashes_them(string type)
    {
        var (_, function, texts, mustKnow) = KeySamples.All().Single(s => s.Type == type);
        await using var connection = await OpenInAnotherStyleAsync();
        var oid = await OidOfAsync(connection, type);
        var hasher = KeyHashers.For(oid);
        Assert.NotNull(hasher);

        var (known, knownBinary) = (0, 0);
        await foreach (var (text, hash, wire) in AskAsync(connection, type, function, texts))
        {
            if (hasher.TryHashText(Encoding.UTF8.GetBytes(text), out var fromText))
            {
                known++;
                Assert.True(hash == fromText, $"{type} '{text}': {hash} on the server, {fromText} here");
            }

            if (hasher.TryHashBinary(wire, out var fromBinary))
            {
                knownBinary++;
                Assert.True(hash == fromBinary, $"{type} {Convert.ToHexString(wire)} ('{text}'): {hash} on the server, {fromBinary} here");
            }
        }

        Assert.True(known >= texts.Length * mustKnow, $"{known} of {texts.Length} texts known");
        Assert.True(knownBinary >= texts.Length * Math.Min(mustKnow, 0.98), $"{knownBinary} of {texts.Length} binary values known");
    }

    [Fact]
    public async Task Every_hashable_built_in_type_is_hashed_here_or_by_HashSql()
    {
        await using var connection = await postgres.Server.DataSource.OpenConnectionAsync();
        var types = new List<(Oid Oid, string Name)>();
        await using (var command = new NpgsqlCommand(
            """
            SELECT t.oid, format_type(t.oid, NULL) FROM pg_type t
            WHERE t.oid < 16384 AND t.typtype IN ('b', 'r', 'm', 'e') AND EXISTS (
                SELECT FROM pg_opclass c JOIN pg_am a ON a.oid = c.opcmethod AND a.amname = 'hash'
                WHERE c.opcdefault AND c.opcintype = t.oid)
            """, connection))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                types.Add((new Oid(reader.GetFieldValue<uint>(0)), reader.GetString(1)));
        }

        Assert.True(types.Count > 25);
        foreach (var (oid, name) in types.Where(t => KeyHashers.For(t.Oid) is null))
        {
            await using var command = new NpgsqlCommand(KeyHashers.HashSql(name), connection);
            command.Parameters.Add(new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Unknown });
            Assert.Equal(0, await command.ExecuteScalarAsync());
        }
    }

    [Theory]
    [InlineData("mood", "sad", "hashenum")]
    [InlineData("pair", "(1,x)", "hash_record")]
    [InlineData("int4multirange", "{[1,3),[7,9)}", "hash_multirange")]
    [InlineData("small", "7", "hashint4")]
    public async Task HashSql_gives_the_hash_of_types_that_are_not_hashed_here(string type, string text, string function)
    {
        await using var connection = await postgres.Server.DataSource.OpenConnectionAsync();
        await using (var create = new NpgsqlCommand(
            """
            DROP SCHEMA IF EXISTS hash_sql CASCADE; CREATE SCHEMA hash_sql; SET search_path = hash_sql;
            CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN small AS int;
            """, connection))
            await create.ExecuteNonQueryAsync();

        await using var expected = new NpgsqlCommand($"SELECT {function}('{text}'::{type})", connection);
        var hash = (int)(await expected.ExecuteScalarAsync())!;

        await using var one = new NpgsqlCommand(KeyHashers.HashSql(type), connection);
        one.Parameters.Add(new NpgsqlParameter { Value = text, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Unknown });
        Assert.Equal(hash, await one.ExecuteScalarAsync());

        await using var many = new NpgsqlCommand(KeyHashers.HashManySql(type), connection);
        many.Parameters.Add(new NpgsqlParameter { Value = new[] { text, text } });
        Assert.Equal(hash, await many.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("int4", "abc")]
    [InlineData("int4", "")]
    [InlineData("int4", "1 2")]
    [InlineData("int4", "1.5")]
    [InlineData("int4", "-")]
    [InlineData("int4", "2147483648")]
    [InlineData("int4", "-2147483649")]
    [InlineData("int4", "99999999999999999999999999")]
    [InlineData("int2", "32768")]
    [InlineData("int8", "9223372036854775808")]
    [InlineData("int8", "-9223372036854775809")]
    [InlineData("int8", "x")]
    [InlineData("bool", "maybe")]
    [InlineData("bool", "o")]
    [InlineData("uuid", "a0eebc99-9c0b-4ef8-bb6d")]
    [InlineData("uuid", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")]
    [InlineData("float8", "abc")]
    [InlineData("float4", "")]
    [InlineData("numeric", "1.2.3")]
    [InlineData("numeric", "e5")]
    [InlineData("pg_lsn", "1/G")]
    [InlineData("int4[]", "{1,x}")]
    public async Task Bad_text_raises_the_servers_error(string type, string text)
    {
        await using var connection = await postgres.Server.DataSource.OpenConnectionAsync();
        var hasher = KeyHashers.For(await OidOfAsync(connection, type))!;
        var here = Assert.Throws<PgException>(() => hasher.TryHashText(Encoding.UTF8.GetBytes(text), out _));

        await using var command = new NpgsqlCommand($"SELECT '{text}'::{type}", connection);
        var there = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteScalarAsync());
        Assert.Equal((there.SqlState, there.MessageText), (here.Code, here.Error.Message));
    }

    [Fact]
    public void Hot_paths_allocate_nothing()
    {
        var (int4, int8, text, uuid) = (For(23), For(20), For(25), For(2950));
        Hash(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Hash(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Hash(int times)
        {
            for (var i = 0; i < times; i++)
            {
                int4.TryHashText("12345"u8, out _);
                int8.TryHashBinary([0, 0, 0, 0, 0, 0, 0, 9], out _);
                text.TryHashText("some text of a key"u8, out _);
                uuid.TryHashText("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"u8, out _);
            }
        }

        static IKeyHasher For(uint type) => KeyHashers.For(new Oid(type))!;
    }

    private async Task<NpgsqlConnection> OpenInAnotherStyleAsync()
    {
        var connection = await postgres.Server.DataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            "SET DateStyle = 'SQL, DMY'; SET IntervalStyle = sql_standard; SET TimeZone = 'Asia/Kathmandu'; SET bytea_output = escape", connection);
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private static async Task<Oid> OidOfAsync(NpgsqlConnection connection, string type)
    {
        await using var command = new NpgsqlCommand($"SELECT '{type}'::regtype::oid", connection);
        return new Oid((uint)(await command.ExecuteScalarAsync())!);
    }

    private static async IAsyncEnumerable<(string Text, int Hash, byte[] Wire)> AskAsync(
        NpgsqlConnection connection, string type, string function, string[] texts)
    {
        await using var find = new NpgsqlCommand($"SELECT typsend::text FROM pg_type WHERE oid = '{type}'::regtype", connection);
        var send = (string)(await find.ExecuteScalarAsync())!;
        var call = function == "hash_record" ? $"hash_record(ROW(k::{type}))" : $"{function}(k::{type})";
        await using var command = new NpgsqlCommand(
            $"SELECT k, {call}, {send}(k::{type}) FROM unnest($1::text[]) k", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = texts });
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            yield return (reader.GetString(0), reader.GetInt32(1), reader.GetFieldValue<byte[]>(2));
    }
}
