using System.Collections.Immutable;
using PgQuery;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Combine;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Recursive;

/// <summary>
/// Intermediate results as tables: to the planner each is a reference table, whose rows are wherever they are needed. Their OIDs are
/// numbers that no table can have.
/// </summary>
internal static class Results
{
    internal static bool IsResult(DistributedTable table) => table.Relation.Value is > 0 and < 1000;

    /// <summary>The number of the next result of a statement that knows some already.</summary>
    internal static int Next(PlanRequest request) => 1 + request.Relations.Values.Count(r => r.Oid.Value is > 0 and < 1000);

    /// <summary>The same request with a result more to name.</summary>
    internal static PlanRequest With(PlanRequest request, int id, IEnumerable<(string Name, Oid Type)> columns, ImmutableArray<GroupId> placements)
    {
        var table = new DistributedTable(
            new Oid((uint)id), "", Subplan.NameOf(id), DistributionMethod.Reference, null, new ColocationId(0),
            [.. columns.Select((c, i) => new TableColumn(c.Name, (short)(i + 1), c.Type, -1, "", false, null, ColumnDefaultKind.None))],
            [new Shard(new ShardId(0), null, null, null, null, placements)]);
        return With(request, table);
    }

    /// <summary>The same for a result that is dealt out as <paramref name="split"/> says.</summary>
    internal static PlanRequest With(PlanRequest request, ResultSplit split) => With(request, split.Table);

    private static PlanRequest With(PlanRequest request, DistributedTable result) => request with
    {
        Map = request.Map.WithFurther([result]),
        Relations = new Dictionary<RelationName, ResolvedRelation>(request.Relations)
        {
            [new RelationName("", result.Name)] = new ResolvedRelation(result.Relation, 'r', "", result.Name),
        },
    };

    /// <summary>A result whose rows go where those of <paramref name="like"/> would be whose key is in <paramref name="key"/>.</summary>
    internal static ResultSplit Split(int id, IReadOnlyList<TableColumn> columns, string key, DistributedTable like, bool isReal) => new(
        new DistributedTable(
            new Oid((uint)id), "", Subplan.NameOf(id), DistributionMethod.Hash, columns.First(c => c.Name == key) with { TypeModifier = -1 }, like.Colocation,
            [.. columns.Select((c, i) => new TableColumn(c.Name, (short)(i + 1), c.Type, -1, c.TypeName, false, null, ColumnDefaultKind.None))],
            like.Shards),
        columns.TakeWhile(c => c.Name != key).Count(),
        isReal ? like.Name : null);

    /// <summary>A FROM item that reads a result under an alias.</summary>
    internal static Node Read(string name, Alias alias) => new()
    {
        RangeVar = new RangeVar { Relname = name, Inh = true, Relpersistence = "p", Alias = alias.Clone() },
    };

    /// <summary>The same for the result of a subquery, whose columns get their names back.</summary>
    internal static Node Read(string name, Alias alias, IReadOnlyList<string> columns)
    {
        var item = Read(name, alias);
        var names = item.RangeVar.Alias.Colnames;
        names.Add(columns.Skip(names.Count).Select(Trees.Name));
        return item;
    }

    /// <summary>SELECT of all columns of a result.</summary>
    internal static SelectStmt SelectFrom(string name, IReadOnlyList<string> columns)
    {
        var select = Trees.Select();
        select.TargetList.Add(columns.Select((c, i) => Trees.Target(Trees.Column(name, Trees.ColumnName(i)), c)));
        select.FromClause.Add(Read(name, new Alias { Aliasname = name }));
        return select;
    }

    internal static Node True() => new() { AConst = new A_Const { Boolval = new PgQuery.Boolean { Boolval = true } } };

    /// <summary>The names of results become parts of their own, which the executor fills; relations of the coordinator get their own names.</summary>
    internal static ShardQuery Mark(ShardQuery query) => new(query.Parts.Select(p => p switch
    {
        ShardNamePart name when IsResult(name.Table) => new IntermediatePart((int)name.Table.Relation.Value, name.Table.IsReference ? 0 : name.Table.Shards.Length),
        ShardNamePart name when LocalRelations.Is(name.Table) => new TextPart(ShardNames.QuoteQualified(name.Table.Schema, name.Table.Name)),
        _ => p,
    }));

    /// <summary>
    /// A plan for the only shard of a relation of the coordinator is one for the coordinator: null when it reads anything else but results. Other plans are
    /// given back.
    /// </summary>
    internal static Plan? OnCoordinator(Plan plan)
    {
        if (plan is not ShardPlan { Shards.Anchor: var anchor } shard || !LocalRelations.Is(anchor))
            return plan;
        return shard.Query.Parts.OfType<ShardNamePart>().All(p => LocalRelations.Is(p.Table) || (IsResult(p.Table) && p.Table.IsReference))
            ? new ResultsPlan(Mark(shard.Query))
            : null;
    }

    /// <summary>Where results of a statement can be: where every reference table is; without one they follow the shards.</summary>
    internal static ImmutableArray<GroupId> PlacementsFor(PlanRequest request)
    {
        var tables = request.Relations.Values.Select(r => request.Map.Find(r.Oid)).OfType<DistributedTable>().Where(t => !IsResult(t)).ToList();
        if (tables.Find(t => t.IsReference) is { } reference)
            return reference.Shards[0].Placements;
        return [.. tables.SelectMany(t => t.Shards).SelectMany(s => s.Placements).Distinct().OrderBy(g => g.Value)];
    }
}
