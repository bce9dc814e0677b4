using System.Text;
using Tangelo.Sql.Shapes;

namespace Tangelo.Sql.Tests.Shapes;

public sealed class ShapeScannerTests
{
    [Theory]
    [InlineData("SELECT a FROM t WHERE b = 1", "select A\n from T -- c\nwhere /* x /* y */ */ b=2 ;;")]
    [InlineData("SELECT 'a'", "SELECT 'it''s'")]
    [InlineData("SELECT 1.5, .5", "SELECT 1e10, 99999999999999999999")]
    [InlineData("SELECT \"A\"", "SELECT  \"A\"")]
    [InlineData("SELECT 2147483648", "SELECT 9223372036854775807")]
    public void Texts_of_one_shape_have_one_key(string first, string second) => Assert.Equal(Scan(first).Key, Scan(second).Key);

    [Theory]
    [InlineData("SELECT 1", "SELECT 2147483648")]
    [InlineData("SELECT 2147483648", "SELECT 9223372036854775808")]
    [InlineData("SELECT 1", "SELECT 1.0")]
    [InlineData("SELECT 1", "SELECT '1'")]
    [InlineData("SELECT 1", "SELECT -1")]
    [InlineData("SELECT a", "SELECT \"a\"")]
    [InlineData("SELECT \"a\"", "SELECT \"A\"")]
    [InlineData("SELECT É", "SELECT é")]
    [InlineData("SELECT a b", "SELECT ab")]
    [InlineData("SELECT a. .b", "SELECT a..b")]
    [InlineData("SELECT N'a'", "SELECT n 'a'")]
    [InlineData("SELECT E'a'", "SELECT e 'a'")]
    [InlineData("SELECT E'a'", "SELECT E'b'")]
    [InlineData("SELECT $$a$$", "SELECT $$b$$")]
    [InlineData("SELECT 'a'\n'b'", "SELECT 'a' 'b'")]
    [InlineData("SELECT 1; SELECT 1", "SELECT 1 SELECT 1")]
    [InlineData("SELECT $1", "SELECT $2")]
    [InlineData("SELECT a < b", "SELECT a <= b")]
    public void Different_statements_have_different_keys(string first, string second) => Assert.NotEqual(Scan(first).Key, Scan(second).Key);

    [Theory]
    [InlineData("SELECT 'a")]
    [InlineData("SELECT \"a")]
    [InlineData("SELECT /* a")]
    [InlineData("SELECT $a$ b")]
    [InlineData("SELECT 1a")]
    [InlineData("SELECT \x01")]
    [InlineData("SELECT 1\vFROM t")]
    public void What_PostgreSQL_cannot_read_has_no_shape(string sql) => Assert.False(ShapeScanner.TryScan(Encoding.UTF8.GetBytes(sql), new ShapeLiteral[8], out _));

    [Fact]
    public void Literals_are_recorded_with_place_and_class()
    {
        var text = Encoding.UTF8.GetBytes("SELECT 'é''x', 12, 3000000000, 1.5 FROM t WHERE a = E'n' AND b = -7");
        var literals = new ShapeLiteral[8];
        Assert.True(ShapeScanner.TryScan(text, literals, out var scan));
        Assert.Equal(5, scan.LiteralCount);
        Assert.Equal(
            ["String é'x", "Int4 12", "Int8 3000000000", "Numeric 1.5", "Int4 7"],
            literals[..5].Select(l => $"{l.Class} {l.ReadValue(text)}"));
        Assert.Equal("-7", literals[4].ReadValue(text, negated: true));
    }

    [Fact]
    public void Facts_that_a_caller_must_know_are_reported()
    {
        Assert.True(Scan("SELECT 'a\\b'").HasBackslash);
        Assert.False(Scan("SELECT E'a\\b', \"a\\\"").HasBackslash);
        Assert.True(Scan("SELECT $1").HasParameters);
        Assert.True(Scan("SELECT 1; SELECT 2").HasSeveralStatements);
        Assert.True(Scan(";SELECT 1").HasSeveralStatements);
        Assert.False(Scan("SELECT 1;").HasSeveralStatements);
    }

    [Fact]
    public void Buffers_that_are_too_small_are_refused()
    {
        var text = "SELECT 1, 2 FROM t"u8;
        Assert.False(ShapeScanner.TryScan(text, new ShapeLiteral[1], out _));
        Assert.False(ShapeScanner.TryScan(text, new ShapeLiteral[2], new byte[10], out _));
        var normalized = new byte[ShapeScanner.NormalizedCapacity(text.Length)];
        Assert.True(ShapeScanner.TryScan(text, new ShapeLiteral[2], normalized, out var scan));
        Assert.Equal("select\0\u0001\0,\0\u0001\0from\0t\0", Encoding.UTF8.GetString(normalized, 0, scan.NormalizedLength));
    }

    private static ShapeScan Scan(string sql)
    {
        Assert.True(ShapeScanner.TryScan(Encoding.UTF8.GetBytes(sql), new ShapeLiteral[16], out var scan));
        return scan;
    }
}
