using System.Text;
using Tangelo.Sql.Shapes;
using Tangelo.Sql.Visiting;

namespace Tangelo.Sql.Tests.Shapes;

public sealed class ShapeParameterizerTests
{
    [Theory]
    [InlineData("SELECT a FROM t WHERE aid = 123", "SELECT a FROM t WHERE aid = $1", "123:23")]
    [InlineData("SELECT a FROM t WHERE 'x'=t.b AND c>=3000000000 OR NOT d<>1.5", "SELECT a FROM t WHERE $1=t.b AND c>=$2 OR NOT d<>$3", "x:0 3000000000:20 1.5:1700")]
    [InlineData("SELECT a FROM t WHERE b IN(1,2)AND c BETWEEN'a'AND'b'", "SELECT a FROM t WHERE b IN($1,$2)AND c BETWEEN $3 AND $4", "1:23 2:23 a:0 b:0")]
    [InlineData("SELECT a FROM t WHERE b = -5 AND c = - /* - */ 2.5", "SELECT a FROM t WHERE b = $1 AND c = $2", "-5:23 -2.5:1700")]
    [InlineData("SELECT a FROM t WHERE b = - -5 AND c = +5", null, "")]
    [InlineData("SELECT a FROM t WHERE b = -2147483648", null, "")]
    [InlineData("SELECT a FROM t WHERE b = 'it''s' LIMIT 10", "SELECT a FROM t WHERE b = $1 LIMIT 10", "it's:0")]
    [InlineData("SELECT 1, a = 2, f(3) FROM t WHERE f(4) = 5 AND b + 6 = 7 AND c LIKE 'x' AND d = 'y'::text AND e = date '2020-01-01' GROUP BY 1 HAVING a = 8 ORDER BY 2 LIMIT 9", null, "")]
    [InlineData("SELECT * FROM a JOIN b ON a.x = b.x AND a.y = 1 WHERE b.z IN (SELECT q FROM c WHERE r = 2) AND EXISTS (SELECT 3 FROM d WHERE s = 4)", "SELECT * FROM a JOIN b ON a.x = b.x AND a.y = $1 WHERE b.z IN (SELECT q FROM c WHERE r = $2) AND EXISTS (SELECT 3 FROM d WHERE s = $3)", "1:23 2:23 4:23")]
    [InlineData("WITH x AS (SELECT 1 FROM t WHERE a = 2) SELECT * FROM x, (SELECT 3 FROM u WHERE b = 4) y UNION SELECT 5 FROM v WHERE c = 6", "WITH x AS (SELECT 1 FROM t WHERE a = $1) SELECT * FROM x, (SELECT 3 FROM u WHERE b = $2) y UNION SELECT 5 FROM v WHERE c = $3", "2:23 4:23 6:23")]
    [InlineData("INSERT INTO t (a, b, c) VALUES (1, 'x', now()) ON CONFLICT (a) WHERE z = 1 DO UPDATE SET b = 'y' WHERE t.c = 2", "INSERT INTO t (a, b, c) VALUES ($1, $2, now()) ON CONFLICT (a) WHERE z = 1 DO UPDATE SET b = $3 WHERE t.c = $4", "1:23 x:0 y:0 2:23")]
    [InlineData("INSERT INTO t VALUES (1, NULL, true, -2, 3 + 4)", "INSERT INTO t VALUES ($1, NULL, true, $2, 3 + 4)", "1:23 -2:23")]
    [InlineData("INSERT INTO t VALUES (1), (2)", null, "")]
    [InlineData("INSERT INTO t (a[1], b) VALUES (1, 2)", "INSERT INTO t (a[1], b) VALUES (1, $1)", "2:23")]
    [InlineData("UPDATE t SET a = 1, b = b + 2 * c - -3, (d, e) = (4, 5), f[1] = 6, g = g || 'x', h = i + '1 day' WHERE j = 7 RETURNING 8", "UPDATE t SET a = $1, b = b + $2 * c - $3, (d, e) = (4, 5), f[1] = 6, g = g || 'x', h = i + '1 day' WHERE j = $4 RETURNING 8", "1:23 2:23 -3:23 7:23")]
    [InlineData("DELETE FROM t USING u WHERE t.a = u.a AND u.b = 'é'", "DELETE FROM t USING u WHERE t.a = u.a AND u.b = $1", "é:0")]
    [InlineData("SELECT a FROM t WHERE b = E'x' AND c = 'y'\n'z' AND d = B'1' AND e = $$f$$", null, "")]
    [InlineData("SELECT a FROM t WHERE b OPERATOR(pg_catalog.=) 1 AND row(c) = row(2)", null, "")]
    public void Literals_become_parameters_only_where_that_is_safe(string sql, string? expected, string values)
    {
        var statement = Statements.One(sql);
        var shape = ShapeParameterizer.Parameterize(statement);
        Assert.NotNull(shape);
        Assert.Equal(expected ?? sql, Encoding.UTF8.GetString(shape.Text));
        var literals = new ShapeLiteral[64];
        Assert.True(ShapeScanner.TryScan(statement.Text, literals, out var scan));
        Assert.Equal(values, string.Join(' ', shape.Parameters.Select(p => $"{literals[p.Literal].ReadValue(statement.Text, p.Negated)}:{p.TypeOid}")));
        Assert.Equal(scan.LiteralCount, shape.Parameters.Length + shape.Fixed.Length);
    }

    [Theory]
    [InlineData("SELECT f(1, 'x', NULL, -2, b => 3, c => g(4))", "SELECT f($1, $2, NULL, $3, b => $4, c => g(4))")]
    [InlineData("SELECT * FROM s.f(1) LIMIT 5", "SELECT * FROM s.f($1) LIMIT 5")]
    [InlineData("CALL f(1, 'x'::text)", "CALL f($1, 'x'::text)")]
    [InlineData("SELECT g(1)", "SELECT g(1)")]
    [InlineData("SELECT f(1), f(2)", "SELECT f(1), f(2)")]
    [InlineData("SELECT f(1) FROM t", "SELECT f(1) FROM t")]
    [InlineData("SELECT f(1) GROUP BY f(1)", "SELECT f(1) GROUP BY f(1)")]
    public void Arguments_become_parameters_where_a_function_without_namesakes_is_all_that_is_called(string sql, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(ShapeParameterizer.Parameterize(Statements.One(sql), name => name == "f")!.Text));

    [Theory]
    [InlineData("SELECT a FROM t WHERE b = $1 AND c = 2")]
    [InlineData("SELECT a INTO x FROM t WHERE b = 1")]
    [InlineData("CREATE TABLE x AS SELECT 1")]
    [InlineData("EXPLAIN SELECT 1")]
    [InlineData("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE")]
    public void Other_statements_have_no_shape(string sql) => Assert.Null(ShapeParameterizer.Parameterize(Statements.One(sql)));

    [Fact]
    public void A_text_of_the_shape_matches_when_its_fixed_literals_are_the_same()
    {
        var shape = ShapeParameterizer.Parameterize(Statements.One("SELECT a FROM t WHERE b = 1 LIMIT 10"))!;
        Assert.True(Matches(shape, "select a from t where b = 22 limit 10"));
        Assert.False(Matches(shape, "select a from t where b = 1 limit 11"));
    }

    [Fact]
    public void Putting_the_values_back_gives_the_same_statement()
    {
        var count = 0;
        foreach (var statement in Statements.All)
        {
            if (ShapeParameterizer.Parameterize(statement) is not { } shape)
                continue;
            var literals = new ShapeLiteral[200];
            Assert.True(ShapeScanner.TryScan(statement.Text, literals, out _));
            var sql = Encoding.UTF8.GetString(shape.Text);
            for (var i = shape.Parameters.Length; i > 0; i--)
            {
                var parameter = shape.Parameters[i - 1];
                var source = Encoding.UTF8.GetString(literals[parameter.Literal].Source(statement.Text));
                sql = sql.Replace($"${i}", (parameter.Negated ? "-" : "") + source, StringComparison.Ordinal);
            }

            Assert.True(TreeLocations.EqualWithout(statement.Tree, Statements.One(sql).Tree), sql);
            count += shape.Parameters.Length;
        }

        Assert.True(count > 20);
    }

    private static bool Matches(ParameterizedShape shape, string sql)
    {
        var text = Encoding.UTF8.GetBytes(sql);
        var literals = new ShapeLiteral[8];
        Assert.True(ShapeScanner.TryScan(text, literals, out _));
        return shape.Matches(text, literals);
    }
}
