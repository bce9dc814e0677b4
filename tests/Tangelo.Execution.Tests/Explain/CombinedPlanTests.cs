using System.Text.Json;
using System.Xml.Linq;
using Tangelo.Execution.Explain;
using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Tests.Explain;

/// <summary>The distributed scan takes the place of the node that reads the intermediate result.</summary>
public sealed class CombinedPlanTests
{
    [Fact]
    public void Text_keeps_figures_and_details_of_the_node()
    {
        var lines = CombinedPlan.Splice(
            [
                "Aggregate  (cost=1.00..2.00 rows=1 width=8)",
                "  Output: sum(remote_scan.c)",
                "  ->  Function Scan on remote_scan  (cost=0.01..1.00 rows=100000 width=8)",
                "        Output: remote_scan.c, remote_scan.tangelo_row",
                "        Function Call: json_to_recordset('[]'::json), generate_series(1, 100000)",
                "        Filter: (remote_scan.c > 1)",
                "Planning Time: 0.100 ms",
            ],
            Scan("Seq Scan on t_102008 t", "  Filter: (a > 0)"));
        Assert.Equal(
            [
                "Aggregate  (cost=1.00..2.00 rows=1 width=8)",
                "  Output: sum(remote_scan.c)",
                "  ->  Custom Scan (Citus Adaptive)  (cost=0.01..1.00 rows=100000 width=8)",
                "        Output: remote_scan.c",
                "        Filter: (remote_scan.c > 1)",
                "        Task Count: 32",
                "        Tasks Shown: One of 32",
                "        ->  Task",
                "              Node: host=h port=1 dbname=d",
                "              ->  Seq Scan on t_102008 t",
                "                    Filter: (a > 0)",
                "Planning Time: 0.100 ms",
            ],
            lines);
    }

    [Fact]
    public void Text_with_the_node_on_top_has_the_scan_on_top()
    {
        var lines = CombinedPlan.Splice(["Function Scan on unnest tangelo_rows (actual rows=3 loops=1)", "  Filter: (tangelo_rows.c IS NULL)"], Scan("Result"));
        Assert.Equal("Custom Scan (Citus Adaptive) (actual rows=3 loops=1)", lines[0]);
        Assert.Equal("  Filter: (remote_scan.c IS NULL)", lines[1]);
        Assert.Equal("  Task Count: 32", lines[2]);
    }

    [Fact]
    public void Text_without_the_node_still_shows_the_tasks()
    {
        var lines = CombinedPlan.Splice(["Result", "  One-Time Filter: false", "Planning Time: 0.100 ms"], Scan("Result"));
        Assert.Equal("  ->  Custom Scan (Citus Adaptive)", lines[2]);
        Assert.Equal("Planning Time: 0.100 ms", lines[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void JSON_stays_JSON(bool hasNode)
    {
        var node = hasNode
            ? """
                        "Node Type": "Function Scan",
                        "Parent Relationship": "Outer",
                        "Parallel Aware": false,
                        "Function Name": "unnest",
                        "Alias": "tangelo_rows",
                        "Plan Rows": 5
              """
            : """
                        "Node Type": "Result",
                        "Parent Relationship": "Outer"
              """;
        string plan =
            $$"""
            [
              {
                "Plan": {
                  "Node Type": "Aggregate",
                  "Plans": [
                    {
            {{node}}
                    }
                  ]
                },
                "Planning Time": 0.1
              }
            ]
            """;
        using var json = JsonDocument.Parse(string.Join('\n', Structured(plan, ExplainFormat.Json, "[", "  {", "    \"Plan\": {", "    }", "  }", "]")));
        var top = json.RootElement[0].GetProperty("Plan");
        var holder = hasNode ? top.GetProperty("Plans")[0] : top;
        Assert.Equal(hasNode ? "Custom Scan" : "Aggregate", holder.GetProperty("Node Type").GetString());
        Assert.False(holder.TryGetProperty("Alias", out _));
        Assert.Equal(32, holder.GetProperty("Distributed Query").GetProperty("Job").GetProperty("Task Count").GetInt32());
    }

    [Fact]
    public void XML_stays_XML()
    {
        const string Plan =
            """
            <explain xmlns="http://www.postgresql.org/2009/explain">
              <Query>
                <Plan>
                  <Node-Type>Sort</Node-Type>
                  <Plans>
                    <Plan>
                      <Node-Type>Function Scan</Node-Type>
                      <Parent-Relationship>Outer</Parent-Relationship>
                      <Alias>remote_scan</Alias>
                      <Output>
                        <Item>remote_scan.c</Item>
                        <Item>remote_scan.tangelo_row</Item>
                      </Output>
                    </Plan>
                  </Plans>
                </Plan>
              </Query>
            </explain>
            """;
        var xml = XDocument.Parse(string.Join('\n', Structured(Plan, ExplainFormat.Xml, "<explain>", "</explain>")));
        var node = xml.Descendants().Single(e => e.Name.LocalName == "Custom-Plan-Provider").Parent!;
        Assert.Equal(
            ["Node-Type", "Parent-Relationship", "Custom-Plan-Provider", "Output", "Distributed-Query"],
            node.Elements().Select(e => e.Name.LocalName));
        Assert.Equal("remote_scan.c", node.Elements().ElementAt(3).Value.Trim());
    }

    [Fact]
    public void YAML_keeps_the_dash_before_the_first_member()
    {
        var lines = Structured(
            "- Plan: \n    Node Type: \"Sort\"\n    Plans: \n      - Node Type: \"Function Scan\"\n        Alias: \"remote_scan\"\n        Plan Rows: 5\n  Planning Time: 0.1",
            ExplainFormat.Yaml,
            "- Plan: ",
            "    Node Type: \"Result\"");
        Assert.Equal("      - Node Type: \"Custom Scan\"", lines[3]);
        Assert.Equal("        Custom Plan Provider: \"Citus Adaptive\"", lines[4]);
        Assert.Equal("        Plan Rows: 5", lines[5]);
        Assert.Equal("        Distributed Query: ", lines[6]);
        Assert.Equal("  Planning Time: 0.1", lines[^1]);
    }

    [Theory]
    [InlineData("Execution Time: 1.500 ms", "Execution Time: 3.500 ms")]
    [InlineData("    \"Execution Time\": 1.500", "    \"Execution Time\": 3.500")]
    [InlineData("    <Execution-Time>1.500</Execution-Time>", "    <Execution-Time>3.500</Execution-Time>")]
    public void The_time_of_the_shards_counts(string before, string after)
    {
        List<string> lines = ["Result", before];
        CombinedPlan.AddExecutionTime(lines, 2);
        Assert.Equal(after, lines[1]);
    }

    private static DistributedScan Scan(params string[] remote) =>
        new(32, [new ExplainedTask("host=h port=1 dbname=d", null, null, [.. remote])]);

    private static List<string> Structured(string plan, ExplainFormat format, params string[] remote) =>
        CombinedPlan.Splice([.. plan.Split('\n')], Scan(remote), ExplainFormats.For(format)!);
}
