using System.Text;
using PgQuery;
using Tangelo.Planning.Inserts;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Deparsing;

namespace Tangelo.Planning;

/// <summary>UPDATE and DELETE of a table that has no shards yet: the coordinator runs them on the shell alone, which has no rows, either.</summary>
internal static class EmptyTables
{
    internal static Plan? Plan(PlanContext context)
    {
        if ((context.Tree.UpdateStmt?.Relation ?? context.Tree.DeleteStmt?.Relation) is not { } target
            || context.TableOf(target) is not { IsByValue: true, Shards.IsEmpty: true } table)
            return null;
        if (context.Tree.UpdateStmt is { } update)
            ByValueWrites.RefuseNewKey(update, table);
        var copy = context.Tree.Clone();
        (copy.UpdateStmt?.Relation ?? copy.DeleteStmt.Relation).Inh = false;
        return Deparser.TryDeparseFaithfully(copy, out var sql)
            ? new CoordinatorPlan(Encoding.UTF8.GetBytes(sql), CoordinatorReason.Loopback, $"table \"{table.Name}\" has no shards")
            : null;
    }
}
