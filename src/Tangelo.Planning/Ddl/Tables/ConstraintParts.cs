using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Rules;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>
/// Checks a constraint that ALTER TABLE adds, gives it a name on the coordinator and on the shards, and puts the names of shards
/// into the shards' form.
/// </summary>
internal sealed class ConstraintParts(DdlContext context, DistributedTable table, ShardTemplate template, NameChooser names)
{
    /// <summary>True once the coordinator's statement differs from the client's: by a name, or a column that lost its qualifier.</summary>
    public bool Edited { get; private set; }

    /// <summary>True when it differs by more than a name, which PostgreSQL would have chosen too.</summary>
    public bool EditedBeyondNames { get; private set; }

    /// <summary>The partitioned tables that new foreign keys refer to.</summary>
    public HashSet<DistributedTable> Partitioned { get; } = [];

    private void RefuseTableOid(Constraint check)
    {
        if (TreeWalker.Any(check.RawExpr, m => m is ColumnRef c && c.Fields[^1].String?.Sval == "tableoid"))
            throw new PgException(new PgError
            {
                Code = SqlState.FeatureNotSupported,
                Message = $"cannot create constraint on \"{table.Name}\"",
                Detail = "It reads tableoid, which is another one on each shard.",
            });
    }

    /// <summary>
    /// Changes both forms of one constraint. <paramref name="column"/> is the column it is written with, or null for a constraint of the table.
    /// </summary>
    public void Complete(Constraint coordinator, Constraint shard, string? column)
    {
        switch (coordinator.Contype)
        {
            case ConstrType.ConstrCheck:
                RefuseTableOid(coordinator);
                NameIt(coordinator, () => names.Constraint(table, OnlyColumn(coordinator.RawExpr), "check"));
                shard.Conname = coordinator.Conname;
                Unqualify(coordinator, shard);
                break;
            case ConstrType.ConstrForeign:
                CompleteForeignKey(coordinator, shard, column);
                break;
            case ConstrType.ConstrPrimary:
                CompleteKey(coordinator, shard, column, null, "pkey");
                break;
            case ConstrType.ConstrUnique:
                CompleteKey(coordinator, shard, column, KeyColumns(coordinator, column), "key");
                break;
            case ConstrType.ConstrExclusion:
                CompleteExclusion(coordinator, shard);
                break;
            case ConstrType.ConstrGenerated:
            case ConstrType.ConstrDefault:
                Unqualify(coordinator, shard);
                break;
        }
    }

    private void CompleteForeignKey(Constraint coordinator, Constraint shard, string? column)
    {
        var columns = column is null ? SyntaxNodes.Strings(coordinator.FkAttrs) : [column];
        var target = ForeignKeyRule.Check(context, table, coordinator, columns);
        NameIt(coordinator, () => names.Constraint(table, NameChooser.JoinColumns(columns), "fkey"));
        shard.Conname = coordinator.Conname;
        if (target is { IsPartitioned: true })
            Partitioned.Add(target);
        if (target is not null)
            template.Put(shard.Pktable, target);
    }

    private void CompleteKey(Constraint coordinator, Constraint shard, string? column, string[]? nameColumns, string label)
    {
        if (coordinator.Indexname.Length > 0)
        {
            // The constraint takes the index over and, unless it has a name of its own, the index's name.
            shard.Indexname = template.Bare(table, coordinator.Indexname);
            shard.Conname = template.Bare(table, coordinator.Conname.Length > 0 ? coordinator.Conname : coordinator.Indexname);
            return;
        }

        if (column is null)
            KeyRule.Check(table, SyntaxNodes.Strings(coordinator.Keys));
        else
            KeyRule.CheckNewColumn(table);
        var joined = nameColumns is null ? null : NameChooser.JoinColumns(nameColumns);
        NameIt(coordinator, () => names.Index(table, joined, label, isConstraint: true));
        shard.Conname = template.Bare(table, coordinator.Conname);
    }

    private void CompleteExclusion(Constraint coordinator, Constraint shard)
    {
        KeyRule.CheckExclusion(table, coordinator);
        var elements = coordinator.Exclusions.Select(e => e.List.Items[0].IndexElem)
            .Concat(coordinator.Including.Select(i => new IndexElem { Name = i.String.Sval }));
        NameIt(coordinator, () => names.Index(table, NameChooser.JoinColumns(ColumnNaming.OfIndex(elements)), "excl", isConstraint: true));
        shard.Conname = template.Bare(table, coordinator.Conname);
        foreach (var element in shard.Exclusions)
            SyntaxNodes.Unqualify(element, table);
        SyntaxNodes.Unqualify(shard.WhereClause, table);
    }

    private static string[] KeyColumns(Constraint constraint, string? column) =>
    [
        .. column is null ? SyntaxNodes.Strings(constraint.Keys) : [column],
        .. SyntaxNodes.Strings(constraint.Including),
    ];

    private void NameIt(Constraint constraint, Func<string> choose)
    {
        if (constraint.Conname.Length > 0)
            return;
        constraint.Conname = choose();
        Edited = true;
    }

    // The coordinator's form comes down to the foreign child, which is called otherwise.
    private void Unqualify(Constraint coordinator, Constraint shard)
    {
        if (SyntaxNodes.Unqualify(coordinator.RawExpr, table))
            Edited = EditedBeyondNames = true;
        SyntaxNodes.Unqualify(shard.RawExpr, table);
    }

    // PostgreSQL names a check after its column when there is just one.
    private static string? OnlyColumn(Node expression)
    {
        var columns = SyntaxNodes.All<ColumnRef>(expression)
            .Select(c => c.Fields[^1].NodeCase == Node.NodeOneofCase.String ? c.Fields[^1].String.Sval : "")
            .Distinct()
            .ToList();
        return columns.Count == 1 && columns[0].Length > 0 ? columns[0] : null;
    }
}
