using System.Text;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Routines;
using Tangelo.Sql.Splicing;

namespace Tangelo.Sql.Tests.Routines;

public sealed class PlpgsqlRewriterTests
{
    private const string Head = "CREATE FUNCTION f(p int) RETURNS int LANGUAGE plpgsql AS $b$";
    private const string Tail = "$b$";

    [Theory]
    [InlineData("BEGIN RETURN (SELECT 1 FROM t WHERE a = p); END", "BEGIN RETURN (SELECT 1 FROM s AS \"t\" WHERE a = p); END")]
    [InlineData("BEGIN PERFORM 1 FROM t; END", "BEGIN PERFORM 1 FROM s AS \"t\"; END")]
    [InlineData("DECLARE x int; BEGIN SELECT a INTO STRICT x FROM t k; UPDATE t SET a = 1 RETURNING a INTO x; END", "DECLARE x int; BEGIN SELECT a INTO STRICT x FROM s k; UPDATE s AS \"t\" SET a = 1 RETURNING a INTO x; END")]
    [InlineData("DECLARE x int[]; BEGIN x[1] := (SELECT a FROM t); x = (SELECT array_agg(a) FROM t); END", "DECLARE x int[]; BEGIN x[1] := (SELECT a FROM s AS \"t\"); x = (SELECT array_agg(a) FROM s AS \"t\"); END")]
    [InlineData("DECLARE r record; BEGIN FOR r IN SELECT * FROM t LOOP DELETE FROM t WHERE a = r.a; END LOOP; END", "DECLARE r record; BEGIN FOR r IN SELECT * FROM s AS \"t\" LOOP DELETE FROM s AS \"t\" WHERE a = r.a; END LOOP; END")]
    [InlineData("BEGIN /* DELETE FROM t */ RAISE NOTICE 'é DELETE FROM t'; DELETE FROM t; END", null)]
    [InlineData("BEGIN RAISE NOTICE 'é t'; DELETE FROM t; DELETE FROM t; END", "BEGIN RAISE NOTICE 'é t'; DELETE FROM s AS \"t\"; DELETE FROM s AS \"t\"; END")]
    [InlineData("DECLARE r t%ROWTYPE; BEGIN NULL; END", "DECLARE r s%ROWTYPE; BEGIN NULL; END")]
    public void Names_are_replaced_only_where_a_second_look_finds_the_same_function(string body, string? expected)
    {
        var parsed = PlpgsqlParser.Parse(Head + body + Tail);
        Assert.NotNull(parsed);
        var changes = parsed.Queries.Select(q =>
        {
            var prefix = q.Kind is PlpgsqlQueryKind.Assignment or PlpgsqlQueryKind.Expression ? "SELECT " : "";
            var statement = SqlParser.Parse(Encoding.UTF8.GetBytes(prefix + Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(q.Text).AsSpan(q.Start))))[0];
            var edits = RelationSplicer.Edits(statement, RelationReferences.Collect(statement.Tree), r => r.Name == "t" ? "s" : null)!;
            var shifted = new TextEdits();
            shifted.AddAll(edits, statement.Offset + q.Start - prefix.Length);
            return edits.IsEmpty ? null : shifted;
        }).ToList();
        Assert.Equal(expected, PlpgsqlRewriter.Rewrite((Head, Tail), body, parsed, changes, new Dictionary<string, string> { ["t%ROWTYPE"] = "s%ROWTYPE" }));
    }

    [Theory]
    [InlineData("DECLARE k ALIAS FOR $1; BEGIN k := 5; END", new[] { 0 })]
    [InlineData("DECLARE x int; BEGIN SELECT 1, 2 INTO x, p; END", new[] { 0, 2 })]
    [InlineData("BEGIN GET DIAGNOSTICS p = ROW_COUNT; END", new[] { 0 })]
    [InlineData("DECLARE x int; BEGIN FOREACH x IN ARRAY ARRAY[1, 2] LOOP NULL; END LOOP; END", new[] { 2 })]
    public void Every_way_to_assign_to_a_variable_is_seen(string body, int[] assigned) =>
        Assert.Equal(assigned, PlpgsqlParser.Parse(Head + body + Tail)!.Assigned.Order());

    [Theory]
    [InlineData("BEGIN GET DIAGNOSTICS p = PG_CONTEXT; END")]
    [InlineData("BEGIN RETURN QUERY EXECUTE 'SELECT 1'; END")]
    public void What_the_lists_do_not_show_is_an_oddity(string body) =>
        Assert.True(PlpgsqlParser.Parse(Head.Replace("RETURNS int", "RETURNS SETOF int") + body + Tail)!.HasOddities);

    [Theory]
    [InlineData("BEGIN x := ; END")]
    [InlineData("this is not PL/pgSQL")]
    [InlineData("")]
    public void What_cannot_be_parsed_gives_nothing(string body) => Assert.Null(PlpgsqlParser.Parse(Head + body + Tail));
}
