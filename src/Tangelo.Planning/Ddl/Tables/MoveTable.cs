using PgQuery;
using Tangelo.Planning.Ddl.Objects;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Tables;

/// <summary>ALTER ... SET SCHEMA of tables, types and statistics. Indexes go with their table.</summary>
internal static class MoveTable
{
    public static Plan? Plan(DdlContext context, Node statement)
    {
        var move = statement.AlterObjectSchemaStmt;
        switch (move.ObjectType)
        {
            case ObjectType.ObjectTable when context.FindTable(move.Relation) is { } table:
                var template = new ShardTemplate(context.Statement.Sql);
                var onShards = statement.Clone();
                template.Put(onShards.AlterObjectSchemaStmt.Relation, table);
                onShards.AlterObjectSchemaStmt.Relation.Inh = true;
                return new DdlPlan(context.Statement.Text, [new DdlPart(table, template.Build(onShards))], Transactional: true, ChangesMetadata: true)
                {
                    After = [CoordinatorCalls.TableChanged(table)],
                    // They make the new schema where it is missing.
                    NodeScripts = CoordinatorCalls.Dependencies(table),
                };
            case ObjectType.ObjectStatisticExt:
                return Statistics.SetSchema(context, move);
            case ObjectType.ObjectType or ObjectType.ObjectDomain:
                return Types.SetSchema(context, statement);
            default:
                return null;
        }
    }
}
