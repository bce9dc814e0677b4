using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using PgQuery;
using Tangelo.Core;
using Tangelo.Planning.Ddl.Access;
using Tangelo.Planning.Ddl.Indexes;
using Tangelo.Planning.Ddl.Maintenance;
using Tangelo.Planning.Ddl.Objects;
using Tangelo.Planning.Ddl.Tables;
using Tangelo.Planning.Plans;
using Kind = PgQuery.Node.NodeOneofCase;

namespace Tangelo.Planning.Ddl;

/// <summary>
/// The rung of the ladder for utility statements that name a distributed or reference table, or something that belongs to one
/// (an index, a constraint, a type of a column), or something that all nodes have alike (extensions, roles).
/// </summary>
public static class DdlPlanner
{
    private static readonly FrozenDictionary<Kind, Func<DdlContext, Node, Plan?>> Handlers =
        new Dictionary<Kind, Func<DdlContext, Node, Plan?>>
        {
            [Kind.AlterTableStmt] = AlterTable.Plan,
            [Kind.IndexStmt] = CreateIndex.Plan,
            [Kind.DropStmt] = DropObjects.Plan,
            [Kind.TruncateStmt] = Truncate.Plan,
            [Kind.RenameStmt] = Rename.Plan,
            [Kind.AlterObjectSchemaStmt] = MoveTable.Plan,
            [Kind.CreateStmt] = Children.Create,
            [Kind.CreateTrigStmt] = Triggers.Create,
            [Kind.RuleStmt] = Triggers.CreateRule,
            [Kind.VacuumStmt] = Vacuum.Plan,
            [Kind.ReindexStmt] = Reindex.Plan,
            [Kind.ClusterStmt] = ClusterTables.Plan,
            [Kind.LockStmt] = LockTables.Plan,
            [Kind.ConstraintsSetStmt] = SetConstraints.Plan,
            [Kind.GrantStmt] = Grant.Plan,
            [Kind.CreateRoleStmt] = Roles.Create,
            [Kind.AlterRoleStmt] = Roles.Alter,
            [Kind.DropRoleStmt] = Roles.Drop,
            [Kind.GrantRoleStmt] = Roles.GrantOrRevoke,
            [Kind.CreatePolicyStmt] = Policies.Create,
            [Kind.AlterPolicyStmt] = Policies.Alter,
            [Kind.CreateStatsStmt] = Statistics.Create,
            [Kind.AlterStatsStmt] = Statistics.Alter,
            [Kind.AlterEnumStmt] = Types.AlterEnum,
            [Kind.AlterDomainStmt] = Types.AlterDomain,
            [Kind.CreateExtensionStmt] = Extensions.Create,
            [Kind.AlterExtensionStmt] = Extensions.Alter,
            [Kind.CreateFunctionStmt] = Functions.Replace,
            [Kind.CreatePublicationStmt] = Publications.Create,
            [Kind.AlterPublicationStmt] = Publications.Alter,
            [Kind.RefreshMatViewStmt] = MaterializedViews.Refresh,
            [Kind.CommentStmt] = (context, statement) => MaterializedViews.Comment(context, statement) ?? Partitions.Comment(context, statement),
            [Kind.DropOwnedStmt] = OwnedObjects.Drop,
            [Kind.ReassignOwnedStmt] = OwnedObjects.Reassign,
        }.ToFrozenDictionary();

    /// <summary>
    /// Gives a <see cref="DdlPlan"/>, a <see cref="CatalogProbePlan"/> (run it and ask again), or a <see cref="CoordinatorPlan"/> for what
    /// concerns only the coordinator's catalog. False for a statement that is no business of this rung.
    /// </summary>
    /// <exception cref="PgException">The change is not possible on a distributed table.</exception>
    public static bool TryPlan(PlanRequest request, [NotNullWhen(true)] out Plan? plan)
    {
        ArgumentNullException.ThrowIfNull(request);
        plan = null;
        var statement = request.Statement.Tree;
        var isAlone = request.Map.Tables.IsEmpty && !request.Map.Workers.Any();
        if (isAlone || !Handlers.TryGetValue(statement.NodeCase, out var handler))
            return false;

        try
        {
            var context = new DdlContext(request);
            plan = MaterializedViews.Alter(context, statement, handler) ?? handler(context, statement);
        }
        catch (ProbeNeededException probe)
        {
            plan = new CatalogProbePlan(probe.Sql);
        }
        catch (PreparationNeededException preparation)
        {
            plan = new DdlPlan(default, [], Transactional: true, ChangesMetadata: true) { Preparation = preparation.Sql };
        }

        return plan is not null;
    }
}
