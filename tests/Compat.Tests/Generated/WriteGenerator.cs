namespace Tangelo.Compat.Tests.Generated;

/// <summary>
/// Random but repeatable writes, each in a transaction that looks at the table afterwards and is rolled back. A row is never changed by two others
/// that would give it different values.
/// </summary>
internal sealed class WriteGenerator(int seed)
{
    private readonly Random _random = new(seed);

    public string Script()
    {
        // Reference tables have scripts of their own: what they can do depends on a key.
        var target = PickOf("d1", "d2", "d3", "l1");
        return $"BEGIN; {Write(target)}; SELECT k, a, b, n, t, d, count(*) FROM {target} GROUP BY k, a, b, n, t, d; SELECT count(*), sum(a), sum(n) FROM {target} WHERE k = {Pick(12)}; ROLLBACK";
    }

    private int Pick(int count) => _random.Next(count);

    private string PickOf(params string[] choices) => choices[Pick(choices.Length)];

    private string Table() => GeneratedTable.All[Pick(GeneratedTable.All.Count)].Name;

    // For each row, a table without a key may be read by a statement that changes another one.
    private string Other(string target) => PickOf([.. GeneratedTable.All.Select(t => t.Name).Where(t => t != target)]);

    private string Write(string target) => Pick(7) switch
    {
        0 or 1 => $"INSERT INTO {target} {Columns()}{PickOf("", " RETURNING k, a, t")}",
        2 => $"DELETE FROM {target} x WHERE {Condition("x")}{PickOf("", " RETURNING x.k, x.t")}",
        3 => $"DELETE FROM {target} x USING {Table()} y WHERE y.{PickOf("k", "k", "a")} = x.{PickOf("k", "a")} AND {Condition("y")}",
        4 => $"UPDATE {target} x SET {Assignment(target)} WHERE {Condition("x")}{PickOf("", " RETURNING x.*")}",
        5 => $"UPDATE {target} x SET {Assignment(target)} FROM (SELECT k AS yk, max(a) AS ya, max(t) AS yt FROM {Table()} GROUP BY k) y WHERE y.yk = x.{PickOf("k", "k", "b")} AND {Condition("x")}",
        _ => $"UPDATE {target} x SET n = (SELECT sum(y.n) FROM {Other(target)} y WHERE y.{PickOf("k", "k", "a")} = x.{PickOf("k", "b")}), t = upper(x.t) WHERE {Condition("x")}",
    };

    private string Columns() => Pick(6) switch
    {
        0 => $"SELECT * FROM {Table()} WHERE k IS NOT NULL AND a IS NOT NULL",
        1 => $"(k, a, t) SELECT k + {Pick(30)}, a, t FROM {Table()} x WHERE {Condition("x")}",
        2 => $"(a, k, n) SELECT max(a), k, sum(n) FROM {Table()} GROUP BY k",
        3 => $"(t, k, a, d) SELECT x.t, x.k, y.a, y.d FROM {Table()} x JOIN {Table()} y ON x.k = y.{PickOf("k", "a")} WHERE {Condition("x")}",
        4 => $"(k, a, b) VALUES ({Pick(20)}, {Pick(20)}, NULL), ({Pick(20)}, {Pick(9)} + 1, {Pick(20)}), ({Pick(5)}, abs(-{Pick(20)}), {Pick(20)})",
        _ => $"(k, a) SELECT a, k FROM {Table()} UNION SELECT b + 1, k FROM {Table()} WHERE b IS NOT NULL",
    };

    private string Assignment(string target) => PickOf(
        "b = x.b + 1",
        "t = x.t || 'z', n = n * 2",
        "b = NULL, d = d + 1",
        $"t = CASE WHEN x.b > {Pick(4)} THEN 'p' ELSE x.t END",
        target == "d3" ? "k = x.k + 1" : "a = x.a + 1",
        "(b, t) = (7, x.k::text)");

    private string Condition(string alias) => Pick(8) switch
    {
        0 => $"{alias}.k = {Pick(12)}",
        1 => $"{alias}.a BETWEEN {Pick(5)} AND {4 + Pick(6)}",
        2 => $"{alias}.k IN (SELECT k FROM {Table()} WHERE a > {Pick(9)})",
        3 => $"EXISTS (SELECT 1 FROM {Table()} q WHERE q.{PickOf("k", "a")} = {alias}.{PickOf("k", "b")} AND q.n > {Pick(8)})",
        4 => $"{alias}.n > (SELECT avg(n) FROM {Table()})",
        5 => $"{alias}.t LIKE '{PickOf("a", "b")}%'",
        6 => $"({alias}.k IN ({Pick(9)}, {Pick(9)}) OR {alias}.b IS NULL)",
        _ => "true",
    };
}
