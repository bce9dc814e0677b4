using System.Diagnostics;
using System.Text;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Splicing;

// How long a statement takes from its text to its tree, and on to a text with other relation names: medians over many runs, in microseconds.
(string Name, string Sql)[] statements =
[
    ("point read", "SELECT abalance FROM pgbench_accounts WHERE aid = 4711"),
    ("insert", "INSERT INTO orders (customer_id, total, placed) VALUES (17, 12.50, now()) RETURNING id"),
    ("join", "SELECT c.name, sum(o.total) FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = 5 AND o.placed > now() - interval '1 day' GROUP BY c.name ORDER BY 2 DESC LIMIT 10"),
    ("nested", "WITH big AS (SELECT customer_id, sum(total) AS s FROM orders GROUP BY 1 HAVING sum(total) > 100) SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM big b WHERE b.customer_id = c.id) AND c.country IN (SELECT code FROM countries WHERE name LIKE 'F%')"),
    ("1,000 rows", "INSERT INTO orders (customer_id, total) VALUES " + string.Join(", ", Enumerable.Range(1, 1000).Select(i => $"({i}, {i}.25)"))),
];

const int Samples = 300;
Console.WriteLine("| statement | bytes | parse | parse and rewrite |");
Console.WriteLine("|---|---:|---:|---:|");
foreach (var (name, sql) in statements)
{
    var text = Encoding.UTF8.GetBytes(sql);
    var repeat = Math.Max(1, 20_000 / text.Length);
    var parse = Median(() => SqlParser.Parse(text), repeat);
    var both = Median(() => RelationSplicer.Splice(SqlParser.Parse(text)[0], r => r.Name + "_102008"), repeat);
    Console.WriteLine($"| {name} | {text.Length:N0} | {parse:N1} µs | {both:N1} µs |");
}

static double Median(Action work, int repeat)
{
    var samples = new double[Samples];
    for (var i = -Samples; i < Samples; i++)
    {
        var start = Stopwatch.GetTimestamp();
        for (var r = 0; r < repeat; r++)
            work();
        if (i >= 0)
            samples[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / repeat;
    }

    Array.Sort(samples);
    return samples[Samples / 2];
}
