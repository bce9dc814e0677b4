using System.Text;
using Npgsql;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Catalog.Pruning;
using Tangelo.Core;
using Tangelo.Harness;
using Xunit;

namespace Tangelo.Catalog.Tests.Pruning;

[Collection(nameof(PostgresCollection))]
public sealed class KeyRouterTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("int8", "int4", "-5")]
    [InlineData("int8", "int2", "-32768")]
    [InlineData("int4", "int8", "2147483647")]
    [InlineData("int2", "int4", "7")]
    [InlineData("oid", "int4", "42")]
    [InlineData("float8", "float4", "0.1")]
    [InlineData("float8", "int4", "-3")]
    [InlineData("float8", "int8", "9007199254740993")]
    [InlineData("numeric", "int8", "-9223372036854775808")]
    [InlineData("numeric", "int2", "30000")]
    [InlineData("text", "varchar", "two ")]
    [InlineData("text", "bpchar", "two ")]
    [InlineData("bpchar", "text", "two ")]
    [InlineData("varchar", "text", "é")]
    [InlineData("inet", "cidr", "10.0.0.0/8")]
    [InlineData("macaddr8", "macaddr", "08:00:2b:01:02:03")]
    [InlineData("timestamp", "date", "2024-02-29")]
    [InlineData("timestamp", "date", "-infinity")]
    public async Task A_value_of_another_type_goes_where_its_conversion_goes(string column, string type, string text)
    {
        await using var connection = await postgres.Server.DataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(
            $"""
            SELECT hash_record(ROW('{text}'::{type}::{column})), '{column}'::regtype::oid, '{type}'::regtype::oid,
                {await SendOfAsync(connection, type)}('{text}'::{type})
            """, connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var hash = reader.GetInt32(0);
        var (columnType, valueType) = (new Oid(reader.GetFieldValue<uint>(1)), new Oid(reader.GetFieldValue<uint>(2)));

        Assert.True(KeyRouter.TryHash(columnType, Encoding.UTF8.GetBytes(text), binary: false, valueType, out var fromText));
        Assert.True(KeyRouter.TryHash(columnType, reader.GetFieldValue<byte[]>(3), binary: true, valueType, out var fromBinary));
        Assert.Equal((hash, hash), (fromText, fromBinary));
    }

    [Theory]
    [InlineData(1184u, 1114u)]
    [InlineData(1184u, 1082u)]
    [InlineData(23u, 1700u)]
    [InlineData(1700u, 701u)]
    [InlineData(700u, 701u)]
    [InlineData(23u, 25u)]
    [InlineData(99999u, 0u)]
    public void Conversions_that_lose_or_depend_on_the_session_are_asked_of_PostgreSQL(uint column, uint type) =>
        Assert.False(KeyRouter.TryHash(new Oid(column), "2024-01-01"u8, binary: false, new Oid(type), out _));

    [Theory]
    [InlineData("numeric(10,2)", "1.25", true)]
    [InlineData("numeric(10,2)", "1.255", false)]
    [InlineData("numeric(10,2)", "1255e-3", false)]
    [InlineData("numeric(3,-1)", "14", false)]
    [InlineData("varchar(3)", "äöü", true)]
    [InlineData("varchar(3)", "abc ", false)]
    [InlineData("char(3)", "abc    ", true)]
    [InlineData("timestamp(0)", "2024-01-01 10:00:00", true)]
    [InlineData("timestamp(0)", "2024-01-01 10:00:00.5", false)]
    [InlineData("time(3)", "10:00:00.123", true)]
    [InlineData("time(3)", "10:00:00.1234", false)]
    [InlineData("int4", "14", true)]
    public async Task A_stored_value_is_routed_here_only_when_the_type_modifier_keeps_it(string type, string text, bool here)
    {
        await using var connection = await postgres.Server.DataSource.OpenConnectionAsync();
        await using (var create = new NpgsqlCommand($"DROP TABLE IF EXISTS stored; CREATE TABLE stored (k {type})", connection))
            await create.ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand(
            $"SELECT atttypid, atttypmod, hash_record(ROW('{text}'::{type})) FROM pg_attribute WHERE attrelid = 'stored'::regclass AND attnum = 1", connection);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var table = Table(new Oid(reader.GetFieldValue<uint>(0)), reader.GetInt32(1));

        Assert.Equal(here, KeyRouter.TryRouteStored(table, Encoding.UTF8.GetBytes(text), binary: false, new Oid(0), out var index));
        if (here)
            Assert.Equal(ShardRing.FindShard(table, reader.GetInt32(2)), index);
    }

    [Fact]
    public void Ranges_are_searched_by_value()
    {
        var table = Table(new Oid(23), -1) with
        {
            Method = DistributionMethod.Range,
            Shards = [Range(1, "1", "10"), Range(2, "11", "100")],
        };
        Assert.True(KeyRouter.TryRoute(table, "99"u8, false, new Oid(0), out var index));
        Assert.Equal(1, index);
        Assert.True(KeyRouter.TryRoute(table, "101"u8, false, new Oid(0), out index));
        Assert.Equal(-1, index);
    }

    [Fact]
    public void A_table_with_one_shard_needs_no_key()
    {
        var table = Table(new Oid(23), -1) with { Method = DistributionMethod.Reference };
        Assert.True(KeyRouter.TryRoute(table, "x"u8, false, new Oid(0), out var index));
        Assert.Equal(0, index);
    }

    private static async Task<string> SendOfAsync(NpgsqlConnection connection, string type)
    {
        await using var command = new NpgsqlCommand($"SELECT typsend::text FROM pg_type WHERE oid = '{type}'::regtype", connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static Shard Range(long id, string min, string max) => new(new ShardId(id), null, null, min, max, []);

    private static DistributedTable Table(Oid type, int modifier)
    {
        var key = new TableColumn("k", 1, type, modifier, "", false, null, ColumnDefaultKind.None);
        return new DistributedTable(
            new Oid(1), "public", "t", DistributionMethod.Hash, key, new ColocationId(1), [key],
            [.. ShardRing.Cut(32).Select((p, i) => new Shard(new ShardId(102008 + i), p.Min, p.Max, null, null, []))]);
    }
}
