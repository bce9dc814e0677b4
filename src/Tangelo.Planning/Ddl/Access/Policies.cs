using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Access;

/// <summary>CREATE POLICY and ALTER POLICY. A shard checks a policy by its own row alone.</summary>
internal static class Policies
{
    public static Plan? Create(DdlContext context, Node statement)
    {
        if (context.FindTable(statement.CreatePolicyStmt.Table) is not { } table)
            return null;
        var onShards = statement.Clone();
        var policy = onShards.CreatePolicyStmt;
        return Make(context, table, onShards, policy.Table, policy.Qual, policy.WithCheck);
    }

    public static Plan? Alter(DdlContext context, Node statement)
    {
        if (context.FindTable(statement.AlterPolicyStmt.Table) is not { } table)
            return null;
        var onShards = statement.Clone();
        var policy = onShards.AlterPolicyStmt;
        return Make(context, table, onShards, policy.Table, policy.Qual, policy.WithCheck);
    }

    private static DdlPlan Make(DdlContext context, DistributedTable table, Node onShards, RangeVar relation, params Node?[] conditions)
    {
        foreach (var condition in conditions)
        {
            if (SyntaxNodes.All<SubLink>(condition).Count > 0)
                throw Refusal.NotSupported(
                    $"cannot create a policy with a subquery on distributed table \"{table.Name}\"",
                    "The shards check the policy, and not every table is on their nodes.");
            SyntaxNodes.Unqualify(condition, table);
        }

        var template = new ShardTemplate(context.Statement.Sql);
        template.Put(relation, table);
        return new DdlPlan(context.Statement.Text, [new DdlPart(table, template.Build(onShards))], Transactional: true, ChangesMetadata: false)
        {
            NodeScripts = CoordinatorCalls.Dependencies(table),
        };
    }
}
