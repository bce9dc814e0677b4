using System.Collections.Immutable;
using Google.Protobuf;
using PgQuery;
using Tangelo.Sql.Visiting;

namespace Tangelo.Sql.Relations;

/// <summary>One walk over one statement, which keeps track of the WITH queries in scope.</summary>
internal sealed class RelationCollector
{
    private readonly List<RelationReference> _found = [];
    private int _queries;

    /// <summary>What a RangeVar found at a place means.</summary>
    private readonly record struct Context(CteScope? Scope, bool InSubquery, RelationPlace Place, bool IsTarget, int Query);

    private readonly record struct Step(RelationCollector Collector, Context Context, IMessage? Skip);

    internal ImmutableArray<RelationReference> Run(Node statement)
    {
        if (NodeContent.Unwrap(statement) is { } root)
            Walk(root, new Context(null, false, RelationPlace.Utility, true, 0));
        return _found.Count > 1 ? [.. _found.OrderBy(r => r.Location)] : [.. _found];
    }

    private void Walk(IMessage message, in Context context)
    {
        switch (message)
        {
            case RangeVar range:
                AddUnlessCte(range, context);
                break;
            case PgQuery.String or A_Const or ColumnRef or ParamRef or Alias:
                break;
            case SelectStmt select:
                WalkChildren(select, EnterQuery(select.WithClause, context));
                break;
            case InsertStmt insert:
                WalkModification(insert, insert.WithClause, insert.Relation, RelationPlace.InsertTarget, context);
                break;
            case UpdateStmt update:
                WalkModification(update, update.WithClause, update.Relation, RelationPlace.UpdateTarget, context);
                break;
            case DeleteStmt delete:
                WalkModification(delete, delete.WithClause, delete.Relation, RelationPlace.DeleteTarget, context);
                break;
            case MergeStmt merge:
                WalkModification(merge, merge.WithClause, merge.Relation, RelationPlace.MergeTarget, context);
                break;
            case RangeSubselect or SubLink:
                WalkChildren(message, context with { InSubquery = true });
                break;
            case IntoClause into:
                if (into.Rel is not null)
                    Add(into.Rel, context with { Place = RelationPlace.Utility, IsTarget = true });
                break;

            // WITH was handled where its query was entered; FOR UPDATE OF names aliases; a remote table is not one of ours.
            case WithClause or LockingClause or ImportForeignSchemaStmt:
                break;
            default:
                WalkUtility(message, context);
                break;
        }
    }

    private void WalkUtility(IMessage message, in Context context)
    {
        switch (message)
        {
            case CreateStmt create:
                if (create.Relation is not null)
                    Add(create.Relation, context);
                WalkChildren(create, context with { IsTarget = false }, create.Relation);
                break;
            case CreateTrigStmt trigger:
                if (trigger.Constrrel is not null)
                    Add(trigger.Constrrel, context with { IsTarget = false });
                WalkChildren(trigger, context, trigger.Constrrel);
                break;

            // Parents, partitions, models and referenced tables are read, not changed.
            case AlterTableCmd or Constraint or TableLikeClause or ColumnDef:
                WalkChildren(message, context with { IsTarget = false });
                break;
            default:
                foreach (var name in NameLists.Of(message))
                    Add(name.ToRangeVar(), context with { IsTarget = name.IsTarget });
                WalkChildren(message, context);
                break;
        }
    }

    private void WalkModification(IMessage statement, WithClause? with, RangeVar? target, RelationPlace place, in Context outer)
    {
        var context = EnterQuery(with, outer);

        // The target is always a relation, also where a WITH query has its name.
        if (target is not null)
            Add(target, context with { Place = place, IsTarget = true });
        WalkChildren(statement, context, target);
    }

    private Context EnterQuery(WithClause? with, in Context outer)
    {
        var context = outer with { Place = RelationPlace.FromItem, IsTarget = false, Query = ++_queries };
        if (with is null)
            return context;
        if (with.Recursive)
        {
            foreach (var cte in with.Ctes)
                context = context with { Scope = new CteScope(cte.CommonTableExpr.Ctename, context.Scope) };
        }

        foreach (var cte in with.Ctes)
        {
            WalkChildren(cte.CommonTableExpr, context with { InSubquery = true });
            if (!with.Recursive)
                context = context with { Scope = new CteScope(cte.CommonTableExpr.Ctename, context.Scope) };
        }

        return context;
    }

    private void WalkChildren(IMessage parent, in Context context, IMessage? skip = null) =>
        ChildMessages.Each(parent, new Step(this, context, skip), static (child, step) =>
        {
            if (!ReferenceEquals(child, step.Skip))
                step.Collector.Walk(child, step.Context);
        });

    private void AddUnlessCte(RangeVar range, in Context context)
    {
        var canBeCte = range.Schemaname.Length == 0 && context.Place == RelationPlace.FromItem;
        if (!canBeCte || !CteScope.Sees(context.Scope, range.Relname))
            Add(range, context);
    }

    private void Add(RangeVar range, in Context context) =>
        _found.Add(new RelationReference(range, range.Schemaname, range.Relname, range.Location, context.IsTarget, context.InSubquery)
        {
            Place = context.Place,
            Query = context.Query,
        });
}
