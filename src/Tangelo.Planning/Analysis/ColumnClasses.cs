using System.Collections.Immutable;
using System.Globalization;
using Tangelo.Planning.Plans;

namespace Tangelo.Planning.Analysis;

/// <summary>
/// What is known of columns in every row that survives the conditions of one level: which are equal to each other, and which
/// take only values of a list. Every fact comes from a strict condition, so a column that has one is not NULL in those rows.
/// </summary>
internal sealed class ColumnClasses
{
    private readonly Dictionary<EntryColumn, List<EntryColumn>> _members = [];
    private readonly Dictionary<EntryColumn, List<ImmutableArray<KeyOperand>>> _restrictions = [];

    private readonly Dictionary<EntryColumn, List<ImmutableArray<KeyInterval>>> _intervals = [];

    internal ColumnClasses Clone()
    {
        var copy = new ColumnClasses();
        copy.Add(this);
        return copy;
    }

    /// <summary>Takes over all facts of <paramref name="other"/>.</summary>
    internal void Add(ColumnClasses other)
    {
        foreach (var members in other._members.Values)
        {
            for (var i = 1; i < members.Count; i++)
                Equate(members[0], members[i]);
        }

        foreach (var (column, lists) in other._restrictions)
        {
            foreach (var keys in lists)
                Restrict(column, keys);
        }

        foreach (var (column, lists) in other._intervals)
        {
            foreach (var intervals in lists)
                Bound(column, intervals);
        }
    }

    /// <summary>The columns are equal. Says nothing unless their types are known to be such that equal means equal hashes.</summary>
    internal void Equate(EntryColumn left, EntryColumn right)
    {
        if (!PgTypes.HashAlike(left.Type, right.Type) || Same(left, right))
            return;
        var into = MembersOf(left);
        foreach (var member in MembersOf(right).ToList())
        {
            into.Add(member);
            _members[member] = into;
        }
    }

    /// <summary>The column is one of <paramref name="keys"/>.</summary>
    internal void Restrict(EntryColumn column, ImmutableArray<KeyOperand> keys)
    {
        if (!_restrictions.TryGetValue(column, out var lists))
            _restrictions[column] = lists = [];
        if (!lists.Any(l => l.SequenceEqual(keys)))
            lists.Add(keys);
    }

    /// <summary>The column is within one of <paramref name="intervals"/>.</summary>
    internal void Bound(EntryColumn column, ImmutableArray<KeyInterval> intervals)
    {
        if (!_intervals.TryGetValue(column, out var lists))
            _intervals[column] = lists = [];
        if (!lists.Any(l => l.SequenceEqual(intervals)))
            lists.Add(intervals);
    }

    /// <summary>Every list of intervals that holds for <paramref name="column"/>.</summary>
    internal IEnumerable<ImmutableArray<KeyInterval>> Bounds(EntryColumn column) =>
        Members(column).Where(m => m.Type == column.Type).SelectMany(m => _intervals.TryGetValue(m, out var lists) ? lists : []);

    internal bool Same(EntryColumn left, EntryColumn right) =>
        ReferenceEquals(left, right) || (_members.TryGetValue(left, out var members) && members.Contains(right));

    /// <summary>The columns equal to <paramref name="column"/>, itself among them.</summary>
    internal IReadOnlyList<EntryColumn> Members(EntryColumn column) =>
        _members.TryGetValue(column, out var members) ? members : [column];

    /// <summary>Every list of values that holds for <paramref name="column"/>.</summary>
    internal IEnumerable<ImmutableArray<KeyOperand>> Restrictions(EntryColumn column)
    {
        var members = Members(column);
        return members.SelectMany(m => _restrictions.TryGetValue(m, out var lists) ? lists : []).Where(k => FitAll(k, members));
    }

    /// <summary>True when the values are such of the types of all columns: a bigint may be compared with an integer, and be none.</summary>
    internal static bool FitAll(ImmutableArray<KeyOperand> keys, IEnumerable<EntryColumn> columns)
    {
        var types = columns.Select(c => c.Type).Where(PgTypes.IsInteger).Distinct().ToList();
        return types.Count < 2 || keys.All(k => k is not LiteralKey { Text: { } text } || (long.TryParse(text, CultureInfo.InvariantCulture, out var value) && types.TrueForAll(t => value switch
        {
            >= short.MinValue and <= short.MaxValue => true,
            >= int.MinValue and <= int.MaxValue => t != PgTypes.Int2,
            _ => t == PgTypes.Int8,
        })));
    }

    /// <summary>True when some strict condition names the column.</summary>
    internal bool IsConstrained(EntryColumn column) => Members(column).Count > 1 || Restrictions(column).Any();

    /// <summary>The shards that a row with this key must lie on, by constants and by equal columns.</summary>
    internal IEnumerable<Pin> PinsOf(EntryColumn column) =>
        Restrictions(column).Where(k => k.Length == 1 && k[0] is not ArrayParameterKey).Select(k => (Pin)new KeyPin(k[0]))
            .Concat(Members(column).Select(m => (Pin)new ColumnPin(m)));

    private List<EntryColumn> MembersOf(EntryColumn column)
    {
        if (!_members.TryGetValue(column, out var members))
            _members[column] = members = [column];
        return members;
    }
}
