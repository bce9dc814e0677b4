using Tangelo.Catalog;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Merge;

/// <summary>
/// The changes of a MERGE as one statement with a WITH query for each kind of action. PostgreSQL runs it over the loopback, where triggers fire and rows
/// move as with any UPDATE, DELETE or INSERT. All rows are known by then, so no part depends on what another one has done.
/// </summary>
internal static class MergeChanges
{
    private const string Row = "tangelo_row";
    private const string Target = "tangelo_target";

    /// <summary>The text, which reads the rows as result 1 and gives the number of those that were changed.</summary>
    /// <param name="plan">What is done with which rows.</param>
    /// <param name="relation">The table as the statement names it.</param>
    internal static string Sql(MergePlan plan, string relation)
    {
        var rows = $"{Subplan.NameOf(1)} AS {Row}";
        var places = plan.Target.IsPartitioned ? $"{Target}.ctid = {Row}.c2 AND {Target}.tableoid = {Row}.c3" : $"{Target}.ctid = {Row}.c2";
        var parts = new List<(string Name, string Sql)>();
        foreach (var action in plan.Actions.Distinct().OrderBy(a => a))
        {
            var numbers = string.Join(", ", plan.Actions.Select((a, i) => (a, i)).Where(a => a.a == action).Select(a => a.i + 1));
            var these = $"{Row}.c1 IN ({numbers})";
            parts.Add(action switch
            {
                MergeAction.Update => ("tangelo_update", $"UPDATE {relation} AS {Target} SET {Assignments(plan)} FROM {rows} WHERE {places} AND {these}"),
                MergeAction.Delete => ("tangelo_delete", $"DELETE FROM {relation} AS {Target} USING {rows} WHERE {places} AND {these}"),
                _ => ("tangelo_insert", $"INSERT INTO {relation} ({Columns(plan)}) OVERRIDING SYSTEM VALUE SELECT {Values(plan)} FROM {rows} WHERE {these}"),
            });
        }

        var with = parts.Count == 0 ? "" : $"WITH {string.Join(", ", parts.Select(p => $"{p.Name} AS ({p.Sql} RETURNING 1)"))} ";
        return $"{with}SELECT {string.Join(" + ", parts.Select(p => $"(SELECT pg_catalog.count(*) FROM {p.Name})").Append("0"))}";
    }

    private static string Assignments(MergePlan plan) => string.Join(", ", plan.Assigned.Select(a => $"{ShardNames.Quote(a)} = {Field(plan, a)}"));

    private static string Columns(MergePlan plan) => string.Join(", ", plan.Columns.Select(c => ShardNames.Quote(c.Name)));

    private static string Values(MergePlan plan) => string.Join(", ", plan.Columns.Select(c => Field(plan, c.Name)));

    // After the action and the row's place.
    private static string Field(MergePlan plan, string column) =>
        $"{Row}.c{2 + plan.IdentityFields + plan.Columns.TakeWhile(c => c.Name != column).Count()}";
}
