using System.Diagnostics;
using System.Text;
using Tangelo.Bench.Planning;
using Tangelo.Planning;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;

// How long the planner takes for a statement that it has not planned before, at several numbers of shards: medians in microseconds. What the
// coordinator is asked for a new statement, and running the plan, are not in it; the text for the one shard of a router query is.
(string Name, string Sql, uint[] Types)[] statements =
[
    ("router", "SELECT name, balance FROM t1 WHERE id = $1", [23]),
    ("router, 5 tables", "SELECT * FROM t1 JOIN t2 USING (id) JOIN t3 USING (id) JOIN t4 USING (id) JOIN t5 USING (id) WHERE t1.id = $1", [23]),
    ("update of a row", "UPDATE t1 SET balance = balance + $2 WHERE id = $1", [23, 23]),
    ("5 tables, all shards", "SELECT * FROM t1 JOIN t2 USING (id) JOIN t3 USING (id) JOIN t4 USING (id) JOIN t5 USING (id) WHERE t1.balance > 10", []),
    ("5 tables, two phases", "SELECT t1.name, count(*), sum(t5.balance) FROM t1 JOIN t2 USING (id) JOIN t3 USING (id) JOIN t4 USING (id) JOIN t5 USING (id) GROUP BY 1 ORDER BY 2 DESC LIMIT 10", []),
];
int[] shardCounts = [32, 1024, 16384, 100_000];

Console.WriteLine($"| statement | {string.Join(" | ", shardCounts.Select(s => $"{s:N0} shards"))} | largest / smallest |");
Console.WriteLine($"|---|{string.Concat(shardCounts.Select(_ => "---:|"))}---:|");
var maps = shardCounts.Select(Schema.Of).ToList();
foreach (var (name, sql, types) in statements)
{
    var text = Encoding.UTF8.GetBytes(sql);

    // The maps take turns, so that whatever else the machine does concerns all of them.
    var samples = maps.Select(_ => new List<double>()).ToList();
    for (var round = -100; round < 400; round++)
    {
        for (var i = 0; i < maps.Count; i++)
        {
            var request = maps[i].Request(SqlParser.Parse(text)[0], types);
            var start = Stopwatch.GetTimestamp();
            for (var repeat = 0; repeat < 5; repeat++)
                Work(request);
            if (round >= 0)
                samples[i].Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / 5);
        }
    }

    var medians = samples.Select(Median).ToList();
    Console.WriteLine($"| {name} | {string.Join(" | ", medians.Select(m => $"{m:N1} µs"))} | {medians[^1] / medians[0]:N2} |");
}

static void Work(PlanRequest request)
{
    if (DistributedPlanner.Plan(request) is ShardPlan { Shards: KeyShards } plan)
        plan.Query.Render(7);
}

static double Median(List<double> samples)
{
    samples.Sort();
    return samples[samples.Count / 2];
}
