using System.Text;
using System.Text.RegularExpressions;
using Tangelo.Catalog.Model;
using Tangelo.Catalog.Pruning;
using Tangelo.Core;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Tests.Oracle;

/// <summary>Runs plans over the shards of one database, one step after the other.</summary>
internal sealed class PlanRunner(OracleDatabase database)
{
    private static int _temporary;

    private string?[] _values = [];

    /// <summary>The rows that the plan gives, in text form.</summary>
    internal async Task<List<string?[]>> RunAsync(Plan plan)
    {
        switch (plan)
        {
            case CoordinatorPlan coordinator:
                return await database.RowsAsync(Fill(Encoding.UTF8.GetString(coordinator.Sql.Span)));
            case ShardPlan shard:
                var rows = new List<string?[]>();
                foreach (var index in IndexesOf(shard.Shards))
                    rows.AddRange(await database.RowsAsync(Fill(WithResults(shard.Query).RenderText(index))));
                return rows;
            case ValuesFirstPlan values:
                _values = (await database.RowsAsync(values.Sql))[0];
                return await RunAsync(values.Inner);
            case CombinePlan combine:
                return await CombineAsync(combine);
            case RecursivePlan recursive:
                return await RunPartsAsync(recursive);
            case ResultsPlan rest:
                return await database.RowsAsync(Fill(WithResults(rest.Query).RenderText(0)));
            case MultiRowInsertPlan insert:
                return await InsertRowsAsync(insert);
            case InsertSelectPlan insert:
                return await InsertSelectAsync(insert);
            default:
                throw new InvalidOperationException($"no way to run {plan.GetType().Name}");
        }
    }

    internal static IEnumerable<int> IndexesOf(ShardSelection selection) => selection switch
    {
        AllShards all => Enumerable.Range(0, all.Anchor.Shards.Length),
        NoShards or ReferenceShard => [0],
        FixedShards some => some.Indexes,
        KeyShards keys => keys.Keys.Select(k => IndexOf(keys.Anchor, ((LiteralKey)k).Text!)).Distinct(),
        _ => throw new InvalidOperationException(),
    };

    private static ShardQuery WithResults(ShardQuery query) => query.With(p => p.Parts == 0
        ? [new TextPart($"(SELECT * FROM {Subplan.NameOf(p.Id)})")]
        : (IEnumerable<ShardQueryPart>)[new TextPart($"(SELECT * FROM {Subplan.NameOf(p.Id)} WHERE {PartOf(p)} = "), new ShardIndexPart(), new TextPart(")")]);

    // The part of each row of a result that is dealt out, by its hash as PostgreSQL computes it.
    private static string PartOf(IntermediatePart part) => $"tangelo_part_{part.Id}({Subplan.NameOf(part.Id)})";

    // Results are temporary tables. A part's own parts may have the same numbers as those that come after it.
    private async Task<List<string?[]>> RunPartsAsync(RecursivePlan plan)
    {
        foreach (var subplan in plan.Subplans)
        {
            var rows = await RunAsync(subplan.Source);
            var names = string.Join(", ", subplan.Columns.Select(c => c.Name));
            await database.ExecuteAsync(subplan.DescribeSql.Length > 0
                ? $"CREATE TEMPORARY TABLE {Subplan.NameOf(subplan.Id)} ({names}) AS SELECT * FROM ({Fill(subplan.DescribeSql)}) AS q WITH NO DATA"
                : $"CREATE TEMPORARY TABLE {Subplan.NameOf(subplan.Id)} ({string.Join(", ", subplan.Columns.Select(c => $"{c.Name} {c.TypeName}"))})");
            foreach (var row in rows)
                await database.ExecuteAsync($"INSERT INTO {Subplan.NameOf(subplan.Id)} VALUES ({string.Join(", ", row.Select(v => v is null ? "NULL" : $"'{v.Replace("'", "''")}'"))})");
        }

        foreach (var subplan in plan.Subplans.Where(s => s.Split is not null))
        {
            var key = subplan.Split!.Table.DistributionColumn!.Name;
            var ranges = subplan.Split.Table.Shards.Select((s, i) => $"WHEN hash_record(ROW(($1).{key})) BETWEEN {s.MinHash} AND {s.MaxHash} THEN {i}");
            await database.ExecuteAsync($"CREATE FUNCTION tangelo_part_{subplan.Id}({Subplan.NameOf(subplan.Id)}) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT CASE {string.Join(" ", ranges)} END'");
        }

        var result = await RunAsync(plan.Main);
        foreach (var subplan in plan.Subplans)
            await database.ExecuteAsync($"DROP TABLE {Subplan.NameOf(subplan.Id)} CASCADE");
        return result;
    }

    // The parameters that the coordinator gives, as literals.
    private string Fill(string sql) => _values.Length == 0 ? sql
        : Regex.Replace(sql, @"\$(\d+)", m => _values[int.Parse(m.Groups[1].Value) - 1] is { } value ? $"'{value.Replace("'", "''")}'" : "NULL");

    private static int IndexOf(DistributedTable table, string key) =>
        KeyRouter.TryRoute(table, Encoding.UTF8.GetBytes(key), false, new Oid(0), out var index)
            ? index
            : throw new InvalidOperationException($"no shard for {key}");

    private async Task<List<string?[]>> CombineAsync(CombinePlan plan)
    {
        var source = await TableAsync(plan.DescribeSql, plan.Columns.Select(c => c.Name));
        foreach (var index in IndexesOf(plan.Inner.Shards))
            await database.ExecuteAsync(Fill($"INSERT INTO {source} {WithResults(plan.Inner.Query).RenderText(index)}"));
        return await database.RowsAsync(Fill(plan.CombineSql.Replace(CombinePlan.SourceMarker, $"(SELECT * FROM {source})")));
    }

    private async Task<string> TableAsync(string describe, IEnumerable<string> columns)
    {
        var name = $"source_{Interlocked.Increment(ref _temporary)}";
        await database.ExecuteAsync($"CREATE TEMPORARY TABLE {name} ({string.Join(", ", columns)}) AS SELECT * FROM ({Fill(describe)}) AS q WITH NO DATA");
        return name;
    }

    private async Task<List<string?[]>> InsertRowsAsync(MultiRowInsertPlan plan)
    {
        var byShard = new SortedDictionary<int, List<string>>();
        foreach (var row in plan.Rows)
        {
            var texts = row.Values.Length > 0 ? new List<string> { row.Values } : [];
            var computed = new List<string?>();
            foreach (var value in plan.CoordinatorDefaults)
            {
                computed.Add((await database.RowsAsync($"SELECT ({value.Expression})::{value.TypeName}"))[0][0]);
                texts.Add(computed[^1] is { } text ? $"'{text.Replace("'", "''")}'::{value.TypeName}" : "NULL");
            }

            var index = plan.Table.IsReference ? 0 : IndexOf(plan.Table, row.KeyDefault >= 0 ? computed[row.KeyDefault]! : ((LiteralKey)row.Key!).Text!);
            if (!byShard.TryGetValue(index, out var rows))
                byShard[index] = rows = [];
            rows.Add($"({string.Join(", ", texts)})");
        }

        var result = new List<string?[]>();
        foreach (var (index, rows) in byShard)
            result.AddRange(await database.RowsAsync(Fill(plan.Frame.RenderText(index).Replace(MultiRowInsertPlan.RowsMarker, string.Join(", ", rows)))));
        return result;
    }

    private async Task<List<string?[]>> InsertSelectAsync(InsertSelectPlan plan)
    {
        var names = Enumerable.Range(1, plan.TargetColumns.Length).Select(i => $"c{i}").ToList();
        var source = await TableAsync(plan.DescribeSql, names);
        foreach (var row in await RunAsync(plan.Source))
            await database.ExecuteAsync($"INSERT INTO {source} VALUES ({string.Join(", ", row.Select(v => v is null ? "NULL" : $"'{v.Replace("'", "''")}'"))})");
        var all = source + "_all";
        var defaults = plan.CoordinatorDefaults.Select((d, i) => $", ({d.Expression})::{d.TypeName} AS c{names.Count + i + 1}");
        await database.ExecuteAsync($"CREATE TEMPORARY TABLE {all} AS SELECT row_number() OVER () AS n, s.*{string.Concat(defaults)} FROM {source} AS s");

        var byShard = new SortedDictionary<int, List<string>>();
        foreach (var row in await database.RowsAsync($"SELECT n, {(plan.KeyIndex < 0 ? "''" : $"c{plan.KeyIndex + 1}")} FROM {all}"))
        {
            var index = plan.KeyIndex < 0 ? 0 : IndexOf(plan.Target, row[1]!);
            if (!byShard.TryGetValue(index, out var rows))
                byShard[index] = rows = [];
            rows.Add(row[0]!);
        }

        var result = new List<string?[]>();
        foreach (var (index, rows) in byShard)
        {
            result.AddRange(await database.RowsAsync(Fill(plan.Frame.RenderText(index)
                .Replace(InsertSelectPlan.RowsMarker, $"(SELECT * FROM {all} WHERE n IN ({string.Join(", ", rows)}))"))));
        }

        return result;
    }
}
