using System.Buffers.Binary;
using System.Text;
using Tangelo.Catalog;
using Tangelo.Core;
using Tangelo.Execution.Intermediate;
using Tangelo.Execution.Tests.Support;

namespace Tangelo.Execution.Tests.Intermediate;

/// <summary>PostgreSQL must read back what was written for it.</summary>
[Collection(nameof(PostgresCollection))]
public sealed class IntermediateResultTests(PostgresFixture server)
{
    private static readonly string?[][] Rows =
    [
        ["a", null, ""],
        ["NULL", "\\N", "{\"x\",\\}"],
        ["tab\tline\nreturn\r", "back\\slash \"quote\"", " spaces "],
        ["\\.", "é€😀", ","],
    ];

    [Fact]
    public async Task Arrays_unnest_to_the_rows()
    {
        using var builder = new TextArrayBuilder();
        for (var round = 0; round < 2; round++)
        {
            foreach (var row in Rows)
            {
                builder.Add(DataRow(row));
                Assert.Equal((byte)'}', builder.Column(2).Span[^1]);
            }

            Assert.Equal(Rows.Length, builder.Rows);
            Assert.Equal(3, builder.Columns);
            using var connection = await server.ConnectAsync();
            var arrays = Enumerable.Range(0, 3).Select(i => ShardNames.Literal(Encoding.UTF8.GetString(builder.Column(i).Span)) + "::text[]");
            Assert.Equal(Rows, await connection.QueryAsync($"SELECT * FROM unnest({string.Join(", ", arrays)})"));
            Assert.Equal(Enumerable.Range(0, 3).Sum(i => builder.Column(i).Length - 1L), builder.Bytes);
            builder.Reset();
        }
    }

    [Fact]
    public async Task Lines_load_as_the_rows()
    {
        using var encoder = new CopyTextEncoder();
        foreach (var row in Rows)
            encoder.Add(DataRow(row));
        using var connection = await server.ConnectAsync();
        await connection.QueryAsync("CREATE TEMP TABLE spool (n serial, a text, b text, c text)");
        Assert.Equal(Rows.Length, await connection.CopyInAsync("COPY spool (a, b, c) FROM STDIN", encoder.Written));
        Assert.Equal(Rows, await connection.QueryAsync("SELECT a, b, c FROM spool ORDER BY n"));
    }

    [Fact]
    public void A_malformed_row_is_a_protocol_violation()
    {
        var body = DataRow(["abc", "d"]);
        for (var length = 0; length < body.Length; length++)
        {
            using var encoder = new CopyTextEncoder();
            Assert.Equal(SqlState.ProtocolViolation, Assert.Throws<PgException>(() => encoder.Add(body.AsSpan(0, length))).Code);
        }
    }

    private static byte[] DataRow(string?[] fields)
    {
        var body = new List<byte> { 0, (byte)fields.Length };
        foreach (var field in fields)
        {
            var bytes = field is null ? [] : Encoding.UTF8.GetBytes(field);
            var length = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(length, field is null ? -1 : bytes.Length);
            body.AddRange(length);
            body.AddRange(bytes);
        }

        return [.. body];
    }
}
