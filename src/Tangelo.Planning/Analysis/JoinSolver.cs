using System.Collections.Immutable;
using PgQuery;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// Finds out where the rows of a FROM clause lie. Inner joins of one level are taken together with all their conditions and
/// those of WHERE; an outer join is one part of such a group. Conditions of the group are known inside of the part as well,
/// because a row that fails them is lost in the end; conditions of an outer join count for its nullable side only.
/// </summary>
internal sealed class JoinSolver(Conditions conditions)
{
    /// <summary>Solves a list of FROM items under <paramref name="classes"/>, to which their own conditions are added.</summary>
    internal Locus Solve(IReadOnlyList<FromNode> roots, ColumnClasses classes)
    {
        var leaves = new List<FromNode>();
        foreach (var root in roots)
            Flatten(root, leaves, classes);

        var parts = new List<Locus>();
        foreach (var leaf in leaves)
        {
            if (leaf is FromJoin join)
                parts.Add(WithoutOwnPins(SolveOuter(join, classes), [join]));
            else
                parts.Add(((FromLeaf)leaf).Locus);
        }

        foreach (var part in parts)
            AddFactsOf(part, classes);
        return WithoutOwnPins(Inner(parts, classes), roots);
    }

    /// <summary>True when the part is pinned by a key of <paramref name="other"/>: it sees, for each of those rows, only rows of the same shard.</summary>
    internal static bool IsAttached(Locus part, Locus other, ColumnClasses classes) =>
        other.IsUnion && part.Pins.OfType<ColumnPin>().SelectMany(p => classes.Members(p.Column)).Any(other.AnyKeys.Contains);

    /// <summary>Leaves out the pins by columns of the FROM clause itself, which say nothing to the outside.</summary>
    internal static Locus WithoutOwnPins(Locus locus, IEnumerable<FromNode> nodes)
    {
        if (!locus.Pins.Any(p => p is ColumnPin))
            return locus;
        var own = nodes.SelectMany(OwnColumns).ToHashSet();
        return locus with { Pins = [.. locus.Pins.Where(p => p is not ColumnPin column || !own.Contains(column.Column))] };
    }

    // A subquery's own conditions on its keys hold outside of it too, and so reach what it is joined with.
    private static void AddFactsOf(Locus part, ColumnClasses classes)
    {
        if (!part.IsUnion)
            return;
        foreach (var key in part.Keys)
        {
            if (part.Restriction is { } restriction)
                classes.Restrict(key, restriction);
            foreach (var pin in part.Pins.OfType<KeyPin>())
                classes.Restrict(key, [pin.Key]);
        }
    }

    /// <summary>The pins of <paramref name="part"/>, with what is known of its keys and of the columns it is pinned by.</summary>
    internal static ImmutableHashSet<Pin> PinsOf(Locus part, ColumnClasses classes)
    {
        var pins = part.Pins.ToBuilder();
        foreach (var pin in part.Pins.OfType<ColumnPin>())
            pins.UnionWith(classes.PinsOf(pin.Column));
        if (part.IsUnion)
        {
            foreach (var key in part.AnyKeys)
                pins.UnionWith(classes.PinsOf(key));
        }

        return pins.ToImmutable();
    }

    private void Flatten(FromNode node, List<FromNode> leaves, ColumnClasses classes)
    {
        if (node is not FromJoin { Type: JoinType.JoinInner } join)
        {
            leaves.Add(node);
            return;
        }

        Flatten(join.Left, leaves, classes);
        Flatten(join.Right, leaves, classes);
        ReadOn(join, classes);
    }

    private void ReadOn(FromJoin join, ColumnClasses classes)
    {
        conditions.Read(join.On, join.OnScope, classes);
        foreach (var (left, right) in join.Equal)
            classes.Equate(left, right);
    }

    private Locus SolveOuter(FromJoin join, ColumnClasses classes) => join.Type switch
    {
        JoinType.JoinLeft => SolveLeft(join, join.Left, join.Right, classes),
        JoinType.JoinRight => SolveLeft(join, join.Right, join.Left, classes),
        JoinType.JoinFull => SolveFull(join, classes),
        _ => Locus.Impossible("this kind of join is not distributed"),
    };

    private Locus SolveLeft(FromJoin join, FromNode preserved, FromNode nullable, ColumnClasses classes)
    {
        var outerFacts = classes.Clone();
        var outer = Solve([preserved], outerFacts);
        classes.Add(outerFacts);
        var innerFacts = outerFacts.Clone();
        ReadOn(join, innerFacts);
        var inner = Solve([nullable], innerFacts.Clone());
        if (Incompatible(outer, inner) is { } impossible)
            return impossible;
        if (!inner.IsSharded)
            return inner.IsUnion ? outer : outer.NotUnion(inner.Why!);

        var innerPins = PinsOf(inner, innerFacts);
        if (!outer.IsSharded)
        {
            return (inner with { Pins = innerPins })
                .NotUnion("an outer join whose preserved side has no distributed table is not distributed");
        }

        var pins = PinsOf(outer, outerFacts).Intersect(innerPins);
        var attached = IsAttached(inner, outer, innerFacts);
        var together = outer.IsUnion && (attached || (inner.IsUnion && SharedKey([outer, inner], innerFacts) is not null));
        if (!together)
            return (outer with { Pins = pins }).NotUnion("an outer join that does not compare distribution columns is not distributed");
        return outer with
        {
            Pins = pins,
            NullableKeys = outer.NullableKeys.Union(inner.AnyKeys),
        };
    }

    private Locus SolveFull(FromJoin join, ColumnClasses classes)
    {
        var leftFacts = classes.Clone();
        var left = Solve([join.Left], leftFacts);
        var rightFacts = classes.Clone();
        var right = Solve([join.Right], rightFacts);
        if (Incompatible(left, right) is { } impossible)
            return impossible;
        if (!left.IsSharded && !right.IsSharded)
            return left.IsUnion ? right : left;
        if (!left.IsSharded || !right.IsSharded)
        {
            var (sharded, facts, other) = left.IsSharded ? (left, leftFacts, right) : (right, rightFacts, left);
            return (sharded with { Pins = PinsOf(sharded, facts), Reference = sharded.Reference ?? other.Reference })
                .NotUnion("a full join with a reference table is not distributed");
        }

        var pins = PinsOf(left, leftFacts).Intersect(PinsOf(right, rightFacts));
        var onFacts = leftFacts.Clone();
        onFacts.Add(rightFacts);
        ReadOn(join, onFacts);
        if (!left.IsUnion || !right.IsUnion || SharedKey([left, right], onFacts) is null)
            return (left with { Pins = pins }).NotUnion("a full join that does not compare distribution columns is not distributed");
        var merged = join.Equal.Zip(join.Merged)
            .Where(m => left.Keys.Contains(m.First.Left) && right.Keys.Contains(m.First.Right))
            .Select(m => m.Second);
        return left with
        {
            Pins = pins,
            Keys = [.. merged],
            NullableKeys = [.. left.AnyKeys, .. right.AnyKeys],
            Restriction = null,
            BoundedColumns = [],
            Intervals = [],
        };
    }

    private static Locus Inner(List<Locus> parts, ColumnClasses classes)
    {
        if (parts.Count == 0)
            return Locus.Nothing;
        if (parts.FirstOrDefault(p => p.IsImpossible) is { } impossible)
            return impossible;
        var reference = parts.Select(p => p.Reference).FirstOrDefault(r => r is not null);
        var sharded = parts.Where(p => p.IsSharded).ToList();
        var unstable = parts.FirstOrDefault(p => !p.IsSharded && !p.IsUnion);
        if (sharded.Count == 0)
            return (unstable ?? parts[0]) with { Reference = reference };
        for (var i = 1; i < sharded.Count; i++)
        {
            if (Incompatible(sharded[0], sharded[i]) is { } mismatch)
                return mismatch;
        }

        var pins = sharded.Select(p => PinsOf(p, classes)).ToList();
        var common = pins.Aggregate((a, b) => a.Intersect(b));
        var free = sharded.Where((p, i) => !sharded.Where((_, j) => j != i).Any(other => IsAttached(p, other, classes))).ToList();
        var shared = free.Count == 0 ? null : SharedKey(free, classes);
        var why = unstable?.Why
            ?? free.FirstOrDefault(p => !p.IsUnion)?.Why
            ?? (free.Count == 0 || (free.Count > 1 && shared is null) ? "distributed tables are not joined on their distribution columns" : null);
        var result = free.Count > 0 ? free[0] : sharded[0];
        result = result with { Pins = common, Reference = reference };
        if (why is not null)
            return result.NotUnion(why);

        var keys = free.SelectMany(p => p.Keys).ToHashSet();
        var nullable = free.SelectMany(p => p.NullableKeys).ToHashSet();
        foreach (var key in keys.Concat(nullable.Where(classes.IsConstrained)).ToList())
            keys.UnionWith(classes.Members(key));
        nullable.ExceptWith(keys);
        return result with
        {
            Keys = [.. keys],
            NullableKeys = [.. nullable],
            Restriction = ShortestRestriction(keys, free, classes),
            Intervals = [.. free.SelectMany(p => p.Intervals.Concat(p.BoundedColumns.SelectMany(classes.Bounds)))],
        };
    }

    private static ImmutableArray<KeyOperand>? ShortestRestriction(IReadOnlyCollection<EntryColumn> keys, List<Locus> parts, ColumnClasses classes)
    {
        ImmutableArray<KeyOperand>? shortest = null;
        var own = parts.Where(p => p.Restriction is not null).Select(p => p.Restriction!.Value);
        foreach (var keyList in keys.SelectMany(classes.Restrictions).Concat(own).Where(k => ColumnClasses.FitAll(k, keys)))
        {
            if (shortest is null || keyList.Length < shortest.Value.Length)
                shortest = keyList;
        }

        return shortest;
    }

    private static IEnumerable<EntryColumn> OwnColumns(FromNode node) =>
        node.Items.SelectMany(i => i.Columns ?? []).Select(c => c.Column)
            .Concat(node is FromJoin join ? OwnColumns(join.Left).Concat(OwnColumns(join.Right)) : []);

    private static EntryColumn? SharedKey(List<Locus> parts, ColumnClasses classes) =>
        parts[0].AnyKeys.FirstOrDefault(key => parts.Skip(1).All(p => p.AnyKeys.Any(k => classes.Same(key, k))));

    private static Locus? Incompatible(Locus left, Locus right)
    {
        if (left.IsImpossible)
            return left;
        if (right.IsImpossible)
            return right;
        return left.IsSharded && right.IsSharded && !Locus.Colocated(left.Anchor!, right.Anchor!)
            ? Locus.Impossible($"{left.Anchor!.Name} and {right.Anchor!.Name} are not co-located")
            : null;
    }
}
