using System.Text;
using Tangelo.Compat.Tests.Running;
using Tangelo.Compat.Tests.Scripts;

namespace Tangelo.Compat.Tests;

/// <summary>
/// Every kind of statement before and after every other in one transaction, the second one also rolled back to a savepoint and
/// repeated: there is no order of reads, writes, COPY and DDL that a user has to keep.
/// </summary>
[Collection(CompatCollection.Name)]
public sealed class MixedStatements(CompatServers servers)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private const string Setup = """
        CREATE TABLE t (id int PRIMARY KEY, v int);
        CREATE TABLE log (id int, v int);
        CREATE TABLE r (id int PRIMARY KEY, v int);
        CREATE TABLE l (id int PRIMARY KEY, v int);
        -- cluster: SELECT create_distributed_table('t', 'id')
        -- cluster: SELECT create_distributed_table('log', 'id', colocate_with => 'none')
        -- cluster: SELECT create_reference_table('r')
        INSERT INTO t SELECT i, i FROM generate_series(1, 40) i;
        INSERT INTO log SELECT i, i FROM generate_series(1, 40) i;
        INSERT INTO r SELECT i, i FROM generate_series(1, 5) i;
        INSERT INTO l SELECT i, i FROM generate_series(1, 5) i;
        CREATE FUNCTION grow(by int) RETURNS bigint LANGUAGE plpgsql AS 'DECLARE n bigint; BEGIN UPDATE t SET v = v + by WHERE id > 30; SELECT sum(v) INTO n FROM t; RETURN n; END';

        """;

    private const string State = """
        SELECT count(*), sum(id), sum(v) FROM t;
        SELECT count(*), sum(id), sum(v) FROM log;
        SELECT (SELECT sum(v) FROM r), (SELECT sum(v) FROM l);

        """;

    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["reads every shard"] = "SELECT count(*), sum(v) FROM t;",
        ["reads one shard"] = "SELECT v FROM t WHERE id = 7;",
        ["joins all kinds of tables"] = "SELECT count(*) FROM t JOIN r ON r.id = t.v JOIN l ON l.id = r.id JOIN log ON log.v = t.id;",
        ["locks rows"] = "SELECT id FROM t ORDER BY id LIMIT 3 FOR UPDATE;",
        ["changes every shard"] = "UPDATE t SET v = v + 1;",
        ["changes one row"] = "UPDATE t SET v = v * 2 WHERE id = 5;",
        ["moves rows"] = "UPDATE t SET id = (SELECT max(id) + 1 FROM t) WHERE id = (SELECT min(id) FROM t) RETURNING v;",
        ["deletes with a join"] = "DELETE FROM log USING r WHERE r.id = log.id AND log.v < 3;",
        ["upserts"] = "INSERT INTO t VALUES (1, 1), (2, 2), (90, 90) ON CONFLICT (id) DO UPDATE SET v = t.v + excluded.v;",
        ["inserts from another table"] = "INSERT INTO log SELECT v, id FROM t WHERE id < 10;",
        ["changes the reference table"] = "UPDATE r SET v = v + 1;",
        ["changes the local table"] = "UPDATE l SET v = v + 1 WHERE id IN (SELECT id FROM t);",
        ["copies"] = "COPY log (id, v) FROM STDIN;\n7\t7\n8\t8\n\\.",
        ["runs a function"] = "SELECT grow(3);",
        ["alters the table"] = "ALTER TABLE t ADD COLUMN IF NOT EXISTS c int DEFAULT 5;",
        ["makes an index"] = "CREATE INDEX log_v ON log (v);\nDROP INDEX log_v;",
        ["makes a table"] = "CREATE TABLE n (id int, v int);\n-- cluster: SELECT create_distributed_table('n', 'id')\nINSERT INTO n SELECT id, v FROM t;\nSELECT sum(v) FROM n;\nDROP TABLE n;",
        ["empties a table"] = "TRUNCATE log;",
    };

    public static TheoryData<string> Firsts() => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Firsts))]
    public async Task One_transaction_takes_any_two(string first)
    {
        var script = new StringBuilder(Setup);
        foreach (var second in Kinds.Values)
            script.Append($"BEGIN;\n{Kinds[first]}\nSAVEPOINT s;\n{second}\n{State}ROLLBACK TO s;\n{second}\n{State}COMMIT;\n{State}");
        var steps = ScriptParser.Parse(script.ToString());
        var findings = await ScriptRun.RunAsync(await servers.PlainAndClusterAsync(), "mixed", steps, ProtocolMode.Simple, Limit);
        Assert.True(findings.Count == 0, string.Join("\n", findings));
    }
}
