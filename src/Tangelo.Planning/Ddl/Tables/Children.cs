using PgQuery;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>CREATE TABLE below a distributed table: a distributed table can have partitions, and no other children.</summary>
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

        return null;
    }
}
