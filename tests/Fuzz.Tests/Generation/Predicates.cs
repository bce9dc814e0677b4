namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>Conditions.</summary>
internal sealed class Predicates(Generator generator)
{
    private Choices Choices => generator.Choices;

    public string Of(Scope scope, int depth) => Choices.Next(depth > 0 ? 18 : 10) switch
    {
        0 => Comparison(scope, depth),
        1 => Pinned(scope),
        2 => $"{Leaf(generator.Type(), scope)} IS {Choices.Of("NOT NULL", "NULL")}",
        3 => List(scope),
        4 => $"{Leaf(SqlType.Text, scope)} LIKE {Choices.Of("'a%'", "'%x'", "'_'")}",
        5 => $"{Leaf(SqlType.Int, scope)} BETWEEN {Choices.Of(1, 3)} AND {Choices.Of(8, 12)}",
        6 => Comparison(scope, depth),
        7 => Leaf(SqlType.Bool, scope),
        8 => Distinct(scope),
        9 => $"({Leaf(SqlType.Int, scope)}, {Leaf(SqlType.Text, scope)}) {Choices.Of("=", "<", ">=")} ({Leaf(SqlType.Int, scope)}, {Leaf(SqlType.Text, scope)})",
        10 => $"({Of(scope, depth - 1)} {Choices.Of("AND", "OR")} {Of(scope, depth - 1)})",
        11 => $"NOT ({Of(scope, depth - 1)})",
        12 or 13 => $"{Choices.Of("", "NOT ")}EXISTS ({Correlated(scope, depth - 1)})",
        14 or 15 => Membership(scope, depth - 1),
        16 => Quantified(scope, depth - 1),
        _ => $"({Of(scope, depth - 1)} {Choices.Of("AND", "OR")} {Of(scope, depth - 1)})",
    };

    /// <summary>An equation of a column on each side, if there is a pair of one type, as most joins have.</summary>
    public string Join(IReadOnlyList<Column> left, IReadOnlyList<Column> right, bool onlyEquality, Scope scope)
    {
        var pairs = (from l in left from r in right where (l.Type == r.Type || (IsInteger(l) && IsInteger(r))) && l.Type is not (SqlType.Bool or SqlType.Float) select (l, r)).ToList();
        if (pairs.Count == 0)
            return "true";
        var same = pairs.Where(p => Last(p.l) == Last(p.r)).ToList();
        var keys = same.Where(p => Last(p.l) == "k").ToList();
        var (one, other) = keys.Count > 0 && !Choices.Chance(35) ? keys[0] : Choices.OneOf(same.Count > 0 && !Choices.Chance(30) ? same : pairs);
        var equation = $"{one.Text} = {other.Text}";
        return onlyEquality || !Choices.Chance(35) ? equation : $"{equation} {Choices.Of("AND", "AND", "AND NOT")} {Of(scope, 0)}";
    }

    private static bool IsInteger(Column column) => column.Type is SqlType.Int or SqlType.Big;

    private static string Last(Column column) => column.Text[(column.Text.LastIndexOf('.') + 1)..];

    private string Leaf(SqlType type, Scope scope) => generator.Expressions.Leaf(type, scope);

    private string Comparison(Scope scope, int depth)
    {
        var type = generator.Type();
        var sign = Choices.Of("=", "<", ">", "<=", ">=", "<>");
        return $"{generator.Expressions.Of(type, scope, depth - 1)} {sign} {generator.Expressions.Of(type, scope, depth - 1)}";
    }

    /// <summary>A column equals a constant: of a distribution column that is one shard.</summary>
    private string Pinned(Scope scope)
    {
        var keys = scope.Columns.Where(c => Last(c) == "k").ToList();
        return keys.Count > 0
            ? $"{Choices.OneOf(keys).Text} = {Pin()}"
            : $"{Leaf(SqlType.Int, scope)} = {Choices.Of(7, 3)}";
    }

    private string Pin()
    {
        var value = Choices.Of("7", "3", "'5'", "12", "99", "7 + 1");
        return value is "'5'" or "7 + 1" ? value : generator.Parameter(value);
    }

    private string List(Scope scope) => Choices.Next(4) switch
    {
        0 => $"{Leaf(SqlType.Int, scope)} IN ({generator.Parameter("7")}, 3, {generator.Parameter("5")})",
        1 => $"{Leaf(SqlType.Int, scope)} NOT IN (1, 2{Choices.Of("", ", NULL")})",
        2 => $"{Leaf(SqlType.Int, scope)} = ANY (ARRAY[1, 7{Choices.Of("", ", NULL")}])",
        _ => $"{Leaf(SqlType.Text, scope)} IN ('a', 'cx', {Leaf(SqlType.Text, scope)})",
    };

    private string Distinct(Scope scope)
    {
        var type = generator.Type();
        return $"{Leaf(type, scope)} IS {Choices.Of("NOT ", "")}DISTINCT FROM {Leaf(type, scope)}";
    }

    private string Correlated(Scope scope, int depth)
    {
        var (from, inner, condition) = generator.Relations.From(scope, depth, most: 2);
        var own = inner.Columns.Where(c => c.Text.Contains('.', StringComparison.Ordinal)).ToList();
        var around = scope.Columns.Where(c => c.Text.Contains('.', StringComparison.Ordinal)).ToList();
        var where = around.Count > 0 && !Choices.Chance(20) ? Join(own, around, onlyEquality: false, inner) : Of(inner, depth);
        return $"SELECT {Choices.Of("1", "*", own.Count > 0 ? own[0].Text : "1")} FROM {from} WHERE {(condition.Length > 0 ? condition + " AND " : "")}({where})";
    }

    private string Membership(Scope scope, int depth)
    {
        if (scope.Columns.Where(c => Last(c) == "k").ToList() is { Count: > 0 } keys && Choices.Chance(30))
            return KeyMembership(Choices.OneOf(keys));
        var type = Choices.Of(SqlType.Int, SqlType.Text, SqlType.Big, SqlType.Date);
        var not = Choices.Of("", "", "NOT ");
        if (Choices.Chance(15))
        {
            return $"({Leaf(SqlType.Int, scope)}, {Leaf(type, scope)}) {not}IN ({generator.Queries.Select([SqlType.Int, type], scope, depth, QueryPlace.Inner)})";
        }

        return $"{Leaf(type, scope)} {not}IN ({generator.Queries.Select([type], scope, depth, QueryPlace.Inner)})";
    }

    /// <summary>A key among the keys of a table, which may be on other shards, or missing.</summary>
    private string KeyMembership(Column key)
    {
        var name = generator.Name();
        var table = Choices.Chance(30) ? Choices.OneOf(FuzzTable.Views).Name : Choices.OneOf(FuzzTable.All).Name;
        return $"{key.Text} {Choices.Of("", "NOT ")}IN (SELECT {name}.k FROM {table} {name}{Choices.Of("", $" WHERE {name}.a > 2", $" WHERE {name}.b IS NOT NULL")})";
    }

    private string Quantified(Scope scope, int depth)
    {
        var type = Choices.Of(SqlType.Int, SqlType.Num, SqlType.Text);
        return $"{Leaf(type, scope)} {Choices.Of("<", ">=", "=", "<>")} {Choices.Of("ANY", "ALL")} ({generator.Queries.Select([type], scope, depth, QueryPlace.Inner)})";
    }
}
