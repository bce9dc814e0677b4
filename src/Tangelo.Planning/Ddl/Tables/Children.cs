using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>
/// CREATE TABLE below a distributed table, which can have partitions, and no other children; and CREATE TABLE with a foreign key to a partitioned one.
/// </summary>
internal static class Children
{
    public static Plan? Create(DdlContext context, Node statement)
    {
        var create = statement.CreateStmt;
        foreach (var relation in create.InhRelations)
        {
            if (context.FindTable(relation.RangeVar) is not { } parent)
                continue;
            if (create.Partbound is null)
                throw Refusal.NotSupported($"cannot inherit from distributed table \"{parent.Name}\"");

            // The coordinator gives the new partition its shards.
            return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: true);
        }

        return ReferringTo(context, create);
    }

    // PostgreSQL makes no foreign key to a table with foreign partitions: until the table is there, they are out of its sight.
    private static DdlPlan? ReferringTo(DdlContext context, CreateStmt create)
    {
        var targets = SyntaxNodes.All<Constraint>(new Node { CreateStmt = create }).Where(c => c.Contype == ConstrType.ConstrForeign)
            .Select(c => context.FindTable(c.Pktable)).OfType<DistributedTable>().Where(t => t.IsPartitioned).Distinct().ToList();
        return targets.Count == 0
            ? null
            : new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: true)
            {
                Before = [.. targets.Select(CoordinatorCalls.BeginKey)],
                After = [.. targets.Select(CoordinatorCalls.EndKey)],
            };
    }
}
