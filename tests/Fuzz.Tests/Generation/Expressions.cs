namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>
/// Expressions of a given type. None fails or rounds differently in another order: numeric values keep two decimals, floats are exact,
/// nothing is divided.
/// </summary>
internal sealed class Expressions(Generator generator)
{
    private Choices Choices => generator.Choices;

    /// <param name="type">What it gives.</param>
    /// <param name="scope">What it may name.</param>
    /// <param name="depth">How deep it may go.</param>
    public string Of(SqlType type, Scope scope, int depth)
    {
        if (depth <= 0 || Choices.Chance(55))
            return Leaf(type, scope);
        return Choices.Next(12) switch
        {
            0 => $"coalesce({Of(type, scope, depth - 1)}, {Constant(type)})",
            1 => $"CASE WHEN {generator.Predicates.Of(scope, depth - 1)} THEN {Of(type, scope, depth - 1)} ELSE {Of(type, scope, depth - 1)} END",
            2 => $"nullif({Of(type, scope, depth - 1)}, {Constant(type)})",
            3 when type != SqlType.Bool => $"{Choices.Of("greatest", "least")}({Of(type, scope, depth - 1)}, {Of(type, scope, depth - 1)})",
            4 => Scalar(type, scope, depth - 1),
            _ => Own(type, scope, depth - 1),
        };
    }

    /// <summary>A column of the type, mostly, or a constant.</summary>
    public string Leaf(SqlType type, Scope scope)
    {
        var own = scope.Of(type).ToList();
        var outer = scope.OuterOf(type).ToList();
        if (outer.Count > 0 && Choices.Chance(own.Count == 0 ? 80 : 25))
            return Choices.OneOf(outer).Text;
        return own.Count > 0 && !Choices.Chance(15) ? Choices.OneOf(own).Text : Constant(type);
    }

    public string Constant(SqlType type) => type switch
    {
        SqlType.Int => Typed(generator.Parameter(Choices.Of("7", "1", "3", "0", "5", "10", "12", "(-2)"))),
        SqlType.Big => $"{Choices.Of(4, 1, 9, 15, 22)}::bigint",
        SqlType.Num => Choices.Of("2.50", "0.00", "7.75", "(-1.25)") + "::numeric(8,2)",
        SqlType.Text => Choices.Of("'a'", "'b'", "'cx'", "'zz'", "''") + "::text",
        SqlType.Date => Choices.Of("date '2024-01-15'", "date '2024-02-01'"),
        SqlType.Bool => Choices.Of("true", "false", "null::boolean"),
        _ => Choices.Of("1.5", "0.25", "6") + "::float8",
    };

    // A parameter by itself would have any type.
    private static string Typed(string constant) => constant.StartsWith('$') ? constant + "::int" : constant;

    private string Own(SqlType type, Scope scope, int depth)
    {
        string Any(SqlType wanted) => Of(wanted, scope, depth);
        return type switch
        {
            SqlType.Int => Choices.Next(6) switch
            {
                0 => $"({Any(SqlType.Int)} {Choices.Of("+", "-")} {Any(SqlType.Int)})",
                1 => $"abs({Any(SqlType.Int)})",
                2 => $"mod({Any(SqlType.Int)}, {Choices.Of(3, 5)})",
                3 => $"length({Any(SqlType.Text)})",
                4 => $"extract(day FROM {Any(SqlType.Date)})::int",
                _ => $"(- {Any(SqlType.Int)})",
            },
            SqlType.Big => Choices.Next(3) switch
            {
                0 => $"({Any(SqlType.Big)} {Choices.Of("+", "-")} {Any(SqlType.Int)})",
                1 => $"{Any(SqlType.Int)}::bigint",
                _ => $"(mod({Any(SqlType.Big)}, 100) * {Choices.Of(2, 3)})",
            },
            SqlType.Num => Choices.Next(3) switch
            {
                0 => $"({Any(SqlType.Num)} {Choices.Of("+", "-")} {Any(SqlType.Num)})",
                1 => $"round({Any(SqlType.Num)} * 2, 2)",
                _ => $"{Any(SqlType.Int)}::numeric(8,2)",
            },
            SqlType.Text => Choices.Next(6) switch
            {
                0 => $"({Any(SqlType.Text)} || {Any(SqlType.Text)})",
                1 => $"upper({Any(SqlType.Text)})",
                2 => $"substr({Any(SqlType.Text)}, 1, 1)",
                3 => $"{Any(SqlType.Int)}::text",
                4 => $"concat({Any(SqlType.Text)}, '-', {Any(SqlType.Int)})",
                _ => $"to_char({Any(SqlType.Date)}, 'MM-DD')",
            },
            SqlType.Date => Choices.Next(2) switch
            {
                0 => $"({Any(SqlType.Date)} + mod({Any(SqlType.Int)}, 20))",
                _ => $"date_trunc('month', {Any(SqlType.Date)}::timestamp)::date",
            },
            SqlType.Bool => $"({generator.Predicates.Of(scope, depth)})",
            _ => Choices.Next(3) switch
            {
                0 => $"({Any(SqlType.Float)} {Choices.Of("+", "-")} {Any(SqlType.Float)})",
                1 => $"{Any(SqlType.Int)}::float8",
                _ => $"({Any(SqlType.Float)} * 2)",
            },
        };
    }

    /// <summary>A subquery that gives one value.</summary>
    private string Scalar(SqlType type, Scope scope, int depth)
    {
        if (Choices.Chance(30))
        {
            var rows = generator.Queries.Select([type], scope, depth, QueryPlace.Inner, grouped: false);
            return $"(SELECT {(type == SqlType.Bool ? "bool_or" : "min")}(s) FROM ({rows}) {generator.Name()}(s))";
        }

        return $"({generator.Queries.SingleRow(type, scope, depth)})";
    }
}
