using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Sql.Relations;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.ReadFirst;

/// <summary>
/// The parts of a statement that change distributed tables: the statement itself and the WITH queries in it. Each sees what was there before all of them,
/// but over the loopback a table is read when its part runs.
/// </summary>
internal sealed class WritingParts
{
    private readonly PlanContext _context;
    private readonly Dictionary<Oid, HashSet<Oid>> _concerned = [];

    private WritingParts(PlanContext context) => _context = context;

    internal List<WritingPart> All { get; } = [];

    /// <summary>The parts of a tree whose names mean what they mean in the context.</summary>
    internal static WritingParts Of(PlanContext context, Node tree)
    {
        var parts = new WritingParts(context);
        TreeWalker.Visit(tree, message =>
        {
            var (target, kind) = message switch
            {
                InsertStmt insert => (insert.Relation, RelationPlace.InsertTarget),
                UpdateStmt update => (update.Relation, RelationPlace.UpdateTarget),
                DeleteStmt delete => (delete.Relation, RelationPlace.DeleteTarget),
                _ => (null, default),
            };
            if (target is not null && context.TableOf(target) is { } table)
                parts.All.Add(new WritingPart(message, target, table, kind));
            return true;
        });
        return parts;
    }

    /// <summary>True when a part would see rows as another one has left them.</summary>
    internal bool SeeEachOther(Node tree)
    {
        if (All.Count == 0 || !Analysis.NestedWrites.Any(tree))
            return false;
        return RelationReferences.Collect(tree).Any(r => r.Place == RelationPlace.FromItem && IsChanged(r)) || All.Exists(HasRowsOfOthers) || All.Exists(PoliciesReadOthers);
    }

    /// <summary>True for a relation of a FROM clause whose rows one of the parts changes while the statement runs.</summary>
    internal bool IsChanged(RelationReference reference)
    {
        if (!_context.Request.Relations.TryGetValue(new RelationName(reference.Schema, reference.Name), out var relation))
            return false;
        return _context.TableOf(reference.Range) is { } table
            ? All.Exists(p => p.ChangesAtOnce && (Concerned(p.Table).Contains(table.Relation) || IsReadBy(table, p)))
            : relation.ReachesDistributed && All.Exists(p => p.ChangesAtOnce);
    }

    /// <summary>True for a part that looks for its rows where another one may have changed them.</summary>
    internal bool HasRowsOfOthers(WritingPart part) =>
        part.ChangesAtOnce && All.Exists(o => o != part && o.ChangesAtOnce && Share(o, part));

    /// <summary>True for two parts that may change the same rows.</summary>
    internal bool Share(WritingPart one, WritingPart other) => Concerned(one.Table).Overlaps(Concerned(other.Table));

    /// <summary>True for a part whose rows are chosen by policies that read what another part changes.</summary>
    internal bool PoliciesReadOthers(WritingPart part) => All.Exists(o => o != part && o.ChangesAtOnce && IsReadBy(part.Table, o));

    private bool IsReadBy(DistributedTable table, WritingPart changed) => !table.ReadByPolicies.IsEmpty && Concerned(changed.Table).Overlaps(table.ReadByPolicies);

    // The table with the one that it is a partition of, its partitions, and those to which its foreign keys carry changes on.
    private HashSet<Oid> Concerned(DistributedTable table)
    {
        if (_concerned.TryGetValue(table.Relation, out var known))
            return known;
        var rows = _context.Ask(
            $"""
            WITH RECURSIVE edges AS (
                SELECT inhparent AS oid, inhrelid AS other FROM pg_catalog.pg_inherits
                UNION ALL
                SELECT inhrelid, inhparent FROM pg_catalog.pg_inherits
                UNION ALL
                SELECT confrelid, conrelid FROM pg_catalog.pg_constraint
                WHERE contype = 'f' AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))),
            concerned AS (
                SELECT {table.Relation}::pg_catalog.oid AS oid
                UNION
                SELECT e.other FROM concerned c JOIN edges e ON e.oid = c.oid)
            SELECT oid FROM concerned
            """);
        return _concerned[table.Relation] = [.. rows.Select(r => new Oid(uint.Parse(r[0]!)))];
    }
}

/// <summary>A part of a statement that changes a table.</summary>
internal sealed record WritingPart(Google.Protobuf.IMessage Statement, RangeVar Target, DistributedTable Table, RelationPlace Kind)
{
    /// <summary>False where the rows come to the shards when the statement ends: those of a plain INSERT wait in the shell.</summary>
    internal bool ChangesAtOnce =>
        Kind != RelationPlace.InsertTarget || ((InsertStmt)Statement).OnConflictClause is not null || Table.IsPartitioned || Table.IsPartition;
}
