using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Access;

/// <summary>
/// CREATE POLICY and ALTER POLICY. Where they have subqueries, the shards get what the coordinator has made of them: there the names of columns and tables are clear.
/// </summary>
internal static class Policies
{
    public static Plan? Create(DdlContext context, Node statement)
    {
        if (context.FindTable(statement.CreatePolicyStmt.Table) is not { } table)
            return null;
        var onShards = statement.Clone();
        var policy = onShards.CreatePolicyStmt;
        return Make(context, table, onShards, policy.PolicyName, policy.Table, policy.Qual, policy.WithCheck);
    }

    public static Plan? Alter(DdlContext context, Node statement)
    {
        if (context.FindTable(statement.AlterPolicyStmt.Table) is not { } table)
            return null;
        var onShards = statement.Clone();
        var policy = onShards.AlterPolicyStmt;
        return Make(context, table, onShards, policy.PolicyName, policy.Table, policy.Qual, policy.WithCheck);
    }

    private static DdlPlan Make(DdlContext context, DistributedTable table, Node onShards, string name, RangeVar relation, params Node?[] conditions)
    {
        if (conditions.Any(c => SyntaxNodes.All<SubLink>(c).Count > 0))
        {
            return new DdlPlan(context.Statement.Text, [], Transactional: true, ChangesMetadata: true)
            {
                After = [CoordinatorCalls.PutPolicy(table, name), CoordinatorCalls.TableChanged(table)],
            };
        }

        foreach (var condition in conditions)
            SyntaxNodes.Unqualify(condition, table);
        var template = new ShardTemplate(context.Statement.Sql);
        template.Put(relation, table);
        return new DdlPlan(context.Statement.Text, [new DdlPart(table, template.Build(onShards))], Transactional: true, ChangesMetadata: true)
        {
            After = [CoordinatorCalls.TableChanged(table)],
            NodeScripts = CoordinatorCalls.Dependencies(table),
        };
    }
}
