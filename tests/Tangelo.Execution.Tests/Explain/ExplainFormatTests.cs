using System.Text.Json;
using System.Xml.Linq;

namespace Tangelo.Execution.Tests.Explain;

/// <summary>The structured formats can be read by what reads them.</summary>
public sealed class ExplainFormatTests(ExplainFixture cluster) : IClassFixture<ExplainFixture>
{
    public static TheoryData<string, string> Cases()
    {
        string[] statements =
        [
            "SELECT * FROM people",
            "SELECT * FROM people WHERE id = 7 AND name <> E'a<b&\"c\"\\n\\\\d'",
            "UPDATE people SET name = name WHERE name <> 'x'",
            "INSERT INTO people VALUES (-1, 'a'), (-2, 'b') ON CONFLICT DO NOTHING",
            "INSERT INTO visits (person) SELECT age FROM people WHERE id = -9",
        ];
        string[] options = ["", "ANALYZE, ", "VERBOSE, ", "ANALYZE, VERBOSE, BUFFERS, WAL, SETTINGS, ", "COSTS off, ", "ANALYZE, TIMING off, SUMMARY off, ", "SUMMARY, "];
        var cases = new TheoryData<string, string>();
        foreach (var statement in statements)
        {
            foreach (var option in options)
                cases.Add(statement, option);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task JSON_parses_as_JSON(string statement, string options)
    {
        using var json = JsonDocument.Parse(Assert.Single(await cluster.ReadAsync($"EXPLAIN ({options}FORMAT json) {statement}")));
        var plan = json.RootElement[0].GetProperty("Plan");
        Assert.Equal("Custom Scan", plan.GetProperty("Node Type").GetString());
        Assert.StartsWith("Citus ", plan.GetProperty("Custom Plan Provider").GetString());
        Assert.Equal(options.Contains("ANALYZE"), plan.TryGetProperty("Actual Rows", out _));
        Assert.Equal(!options.Contains("COSTS off"), plan.TryGetProperty("Total Cost", out _));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task XML_parses_as_XML(string statement, string options)
    {
        var xml = XDocument.Parse(Assert.Single(await cluster.ReadAsync($"EXPLAIN ({options}FORMAT xml) {statement}")));
        Assert.Equal("explain", xml.Root!.Name.LocalName);
        Assert.Contains(xml.Descendants(), e => e.Name.LocalName == "Task-Count");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task YAML_is_indented_by_its_structure(string statement, string options)
    {
        var yaml = Assert.Single(await cluster.ReadAsync($"EXPLAIN ({options}FORMAT yaml) {statement}")).Split('\n');
        Assert.Equal("- Plan: ", yaml[0]);
        Assert.Equal("    Node Type: \"Custom Scan\"", yaml[1]);
        Assert.All(yaml, line => Assert.True((line.Length - line.TrimStart(' ').Length) % 2 == 0, line));
        Assert.Contains(yaml, line => line.TrimStart() == "Distributed Query: ");
    }

    [Fact]
    public async Task The_tasks_stand_where_Citus_has_them()
    {
        using var json = JsonDocument.Parse(Assert.Single(await cluster.ReadAsync("EXPLAIN (FORMAT json, VERBOSE, ANALYZE) SELECT id FROM people")));
        var job = json.RootElement[0].GetProperty("Plan").GetProperty("Distributed Query").GetProperty("Job");
        Assert.Equal(32, job.GetProperty("Task Count").GetInt32());
        Assert.Equal("One of 32", job.GetProperty("Tasks Shown").GetString());
        Assert.EndsWith(" bytes", job.GetProperty("Tuple data received from nodes").GetString());
        var task = Assert.Single(job.GetProperty("Tasks").EnumerateArray());
        Assert.Matches(@"^host=\S+ port=\d+ dbname=postgres$", task.GetProperty("Node").GetString());
        Assert.Contains("people_10", task.GetProperty("Query").GetString());
        var remote = task.GetProperty("Remote Plan")[0][0];
        Assert.StartsWith("people_10", remote.GetProperty("Plan").GetProperty("Relation Name").GetString());
        Assert.True(remote.TryGetProperty("Execution Time", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ANALYZE, ")]
    [InlineData("COSTS off, ")]
    public async Task The_parts_of_a_query_in_parts_are_there_in_every_format(string options)
    {
        const string Sql = "SELECT p.name, v.visit FROM people p FULL JOIN visits v ON v.visit = p.id";
        const string InParts = "SELECT count(*) FROM people p JOIN people q ON q.id = p.age + 1";
        using var json = JsonDocument.Parse(Assert.Single(await cluster.ReadAsync($"EXPLAIN ({options}FORMAT json) {InParts}")));
        var part = json.RootElement[0].GetProperty("Plan").GetProperty("Distributed Subplans")[0];
        Assert.Equal(options.Contains("ANALYZE"), part.TryGetProperty("Actual Rows", out _));
        Assert.Equal(!options.Contains("COSTS off"), part.TryGetProperty("Plan Rows", out _));
        Assert.True(part.GetProperty("Subplan Plan")[0][0].TryGetProperty("Plan", out _));

        var xml = XDocument.Parse(Assert.Single(await cluster.ReadAsync($"EXPLAIN ({options}FORMAT xml) {Sql}")));
        Assert.Contains(xml.Descendants(), e => e.Name.LocalName == "Subplan");
        var yaml = Assert.Single(await cluster.ReadAsync($"EXPLAIN ({options}FORMAT yaml) {Sql}")).Split('\n');
        Assert.Contains("    Distributed Subplans: ", yaml);
        Assert.All(yaml, line => Assert.True((line.Length - line.TrimStart(' ').Length) % 2 == 0, line));
    }
}
