using Tangelo.Sql.Relations;

namespace Tangelo.Sql.Tests.Relations;

public sealed class RelationReferencesTests
{
    // Each name: ! when it is a target, / when it stands in a subquery.
    [Theory]
    [InlineData("SELECT * FROM a, s.b x JOIN c ON true", "a s.b c")]
    [InlineData("SELECT (SELECT 1 FROM a) FROM (SELECT * FROM b) x WHERE EXISTS (SELECT 1 FROM c) ORDER BY (SELECT 1 FROM d)", "/a /b /c /d")]
    [InlineData("SELECT 1 FROM a UNION SELECT 2 FROM b", "a b")]
    [InlineData("WITH a AS (SELECT * FROM b) SELECT * FROM a, public.a, c", "/b public.a c")]
    [InlineData("WITH a AS (SELECT * FROM a) SELECT * FROM a", "/a")]
    [InlineData("WITH RECURSIVE a AS (SELECT * FROM a UNION SELECT * FROM b), b AS (SELECT * FROM c) SELECT * FROM a, b", "/c")]
    [InlineData("WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM b", "/b")]
    [InlineData("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", "a")]
    [InlineData("WITH a AS (SELECT 1) SELECT * FROM (WITH b AS (SELECT * FROM a) SELECT * FROM a, b, c) x", "/c")]
    [InlineData("WITH a AS (SELECT 1) SELECT * FROM a UNION SELECT * FROM a, b", "b")]
    [InlineData("WITH a AS (SELECT 1) INSERT INTO a SELECT * FROM a", "!a")]
    [InlineData("WITH a AS (DELETE FROM b USING c RETURNING *) UPDATE d SET x = 1 FROM a, e", "!/b /c !d e")]
    [InlineData("INSERT INTO t VALUES ((SELECT 1 FROM u)) ON CONFLICT (x) DO UPDATE SET y = (SELECT z FROM v) RETURNING (SELECT 1 FROM w)", "!t /u /v /w")]
    [InlineData("MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET x = (SELECT 1 FROM u)", "!t s /u")]
    [InlineData("SELECT * FROM t FOR UPDATE OF t", "t")]
    [InlineData("SELECT * FROM a TABLESAMPLE system (1), LATERAL f(1), ROWS FROM (g(2)) x", "a")]
    [InlineData("SELECT * INTO n FROM o", "!n o")]
    [InlineData("CREATE TABLE n AS WITH n AS (SELECT 1) SELECT * FROM n, o", "!n o")]
    [InlineData("CREATE VIEW v AS SELECT * FROM t WHERE x IN (SELECT 1 FROM u)", "!v t /u")]
    [InlineData("CREATE RECURSIVE VIEW v (n) AS SELECT 1 UNION ALL SELECT n FROM v, t", "!v /t")]
    [InlineData("CREATE MATERIALIZED VIEW v AS SELECT * FROM t", "!v t")]
    [InlineData("EXPLAIN ANALYZE DELETE FROM t", "!t")]
    [InlineData("PREPARE p AS SELECT * FROM t", "t")]
    [InlineData("DECLARE c CURSOR FOR SELECT * FROM t", "t")]
    [InlineData("COPY s.t (a) FROM STDIN", "!s.t")]
    [InlineData("COPY (SELECT * FROM t) TO STDOUT", "t")]
    [InlineData("LOCK TABLE a, s.b", "!a !s.b")]
    [InlineData("TRUNCATE a, b", "!a !b")]
    [InlineData("VACUUM a, b (x)", "!a !b")]
    [InlineData("CREATE TABLE t (a int REFERENCES u, LIKE w, FOREIGN KEY (a) REFERENCES x) INHERITS (p)", "!t u w x p")]
    [InlineData("CREATE TABLE c PARTITION OF p DEFAULT", "!c p")]
    [InlineData("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u, INHERIT p", "!t u p")]
    [InlineData("ALTER TABLE t ATTACH PARTITION p DEFAULT", "!t p")]
    [InlineData("ALTER TABLE s.t RENAME a TO b", "!s.t")]
    [InlineData("ALTER TABLE t SET SCHEMA x", "!t")]
    [InlineData("CREATE INDEX i ON s.t (a)", "!s.t")]
    [InlineData("CREATE TRIGGER g AFTER INSERT ON t REFERENCING NEW TABLE AS n EXECUTE FUNCTION f()", "!t")]
    [InlineData("CREATE POLICY p ON t USING (a IN (SELECT b FROM u))", "!t /u")]
    [InlineData("CREATE RULE r AS ON INSERT TO t DO INSTEAD INSERT INTO u SELECT NEW.* FROM v", "!t !u v")]
    [InlineData("GRANT SELECT ON t, s.u TO bob", "!t !s.u")]
    [InlineData("CREATE STATISTICS x ON a, b FROM t", "!t")]
    [InlineData("CREATE PUBLICATION p FOR TABLE t, u", "!t !u")]
    [InlineData("REFRESH MATERIALIZED VIEW m", "!m")]
    [InlineData("REINDEX TABLE t", "!t")]
    [InlineData("CLUSTER t USING i", "!t")]
    [InlineData("DROP TABLE a, s.b", "!a !s.b")]
    [InlineData("DROP TRIGGER x ON s.t", "!s.t")]
    [InlineData("DROP FUNCTION f(int)", "")]
    [InlineData("COMMENT ON TABLE s.t IS 'x'", "!s.t")]
    [InlineData("COMMENT ON COLUMN s.t.c IS 'x'", "!s.t")]
    [InlineData("COMMENT ON TYPE x IS 'x'", "")]
    [InlineData("CREATE SEQUENCE q OWNED BY s.t.c", "s.t !q")]
    [InlineData("ALTER SEQUENCE q OWNED BY NONE", "!q")]
    [InlineData("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT a FROM t; END", "t")]
    [InlineData("IMPORT FOREIGN SCHEMA s LIMIT TO (a) FROM SERVER x INTO y", "")]
    [InlineData("SELECT 'users'::regclass", "")]
    public void Relations_are_found_and_WITH_queries_are_not(string sql, string expected)
    {
        var found = RelationReferences.Collect(Statements.One(sql).Tree)
            .Select(r => (r.IsTarget ? "!" : "") + (r.InSubquery ? "/" : "") + (r.Schema.Length > 0 ? r.Schema + "." : "") + r.Name);
        Assert.Equal(expected, string.Join(' ', found));
    }

    [Fact]
    public void Names_are_located_in_the_text()
    {
        var statement = Statements.One("/* é */ SELECT * FROM \"S x\" . \"T\", u WHERE a IN (SELECT b FROM v)");
        Assert.All(
            RelationReferences.Collect(statement.Tree).Zip(["\"S x\" . \"T\"", "u", "v"]),
            pair => Assert.StartsWith(pair.Second, System.Text.Encoding.UTF8.GetString(statement.Text.AsSpan(pair.First.Location)), StringComparison.Ordinal));
    }
}
