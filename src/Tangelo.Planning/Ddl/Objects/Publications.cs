using System.Text;
using Google.Protobuf.Collections;
using PgQuery;
using Tangelo.Planning.Ddl.Writing;
using Tangelo.Planning.Plans;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Ddl.Objects;

/// <summary>Publications hold the shells with ONLY: their foreign children cannot be published.</summary>
internal static class Publications
{
    public static Plan? Create(DdlContext context, Node statement) => WithoutChildren(context, statement, s => s.CreatePublicationStmt.Pubobjects);

    public static Plan? Alter(DdlContext context, Node statement) => WithoutChildren(context, statement, s => s.AlterPublicationStmt.Pubobjects);

    private static CoordinatorPlan? WithoutChildren(DdlContext context, Node statement, Func<Node, RepeatedField<Node>> objects)
    {
        var changed = statement.Clone();
        var found = false;
        foreach (var relation in objects(changed).Select(o => o.PublicationObjSpec.Pubtable?.Relation))
        {
            if (relation is null || context.FindTable(relation) is null)
                continue;
            relation.Inh = false;
            found = true;
        }

        return found ? new CoordinatorPlan(Encoding.UTF8.GetBytes(DdlText.Write(changed)), CoordinatorReason.Local) : null;
    }
}
