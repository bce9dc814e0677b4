namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>Aggregates and window functions of a given type.</summary>
internal sealed class Aggregates(Generator generator)
{
    private Choices Choices => generator.Choices;

    /// <summary>An aggregate whose value does not hang on the order of rows.</summary>
    public string Of(SqlType type, Scope scope, int depth)
    {
        string Any(SqlType wanted) => generator.Expressions.Of(wanted, scope, depth - 1);
        var distinct = Choices.Chance(20) ? "DISTINCT " : "";
        var filter = Choices.Chance(20) ? $" FILTER (WHERE {generator.Predicates.Of(scope, 0)})" : "";
        return type switch
        {
            SqlType.Int => Choices.Next(8) switch
            {
                0 => $"max({distinct}{Any(SqlType.Int)}){filter}",
                1 => $"min({Any(SqlType.Int)}){filter}",
                2 => $"(count({distinct}{Any(generator.Type())}){filter})::int",
                3 => $"bit_or({Any(SqlType.Int)}){filter}",
                4 => $"bit_and({Any(SqlType.Int)}){filter}",
                5 => $"cardinality(array_agg({Any(generator.Type())}){filter})",
                6 => $"(jsonb_array_length(jsonb_agg({Any(generator.Type())}){filter}))",
                _ => $"mode() WITHIN GROUP (ORDER BY {Any(SqlType.Int)}){filter}",
            },
            SqlType.Big => Choices.Next(8) switch
            {
                0 => $"count(*){filter}",
                1 => $"count({distinct}{Any(generator.Type())}){filter}",
                2 => $"sum({distinct}{Any(SqlType.Int)}){filter}",
                3 => $"max({Any(SqlType.Big)}){filter}",
                4 => $"length((json_agg({Any(generator.Type())}){filter})::text)::bigint",
                5 => $"length((array_agg({Any(generator.Type())}){filter})::text)::bigint",
                6 => $"length(string_agg({Any(SqlType.Text)}, ', '){filter})::bigint",
                _ => $"regr_count({Any(SqlType.Float)}, {Any(SqlType.Float)}){filter}",
            },
            SqlType.Num => Choices.Next(6) switch
            {
                0 => $"(sum({distinct}{Any(SqlType.Num)}){filter})::numeric(60,2)",
                1 => $"(avg({distinct}{Any(Choices.Of(SqlType.Int, SqlType.Big, SqlType.Num))}){filter})::numeric(60,2)",
                2 => $"(sum({Any(SqlType.Big)}){filter})::numeric(60,2)",
                3 => $"({Choices.Of("stddev", "variance", "var_pop", "stddev_pop")}({distinct}{Any(Choices.Of(SqlType.Int, SqlType.Num))}){filter})::numeric(60,2)",
                4 => $"max({Any(SqlType.Num)}){filter}",
                _ => $"(percentile_disc(0.5) WITHIN GROUP (ORDER BY {Any(SqlType.Num)}){filter})",
            },
            SqlType.Text => Choices.Next(7) switch
            {
                0 => $"max({distinct}{Any(SqlType.Text)}){filter}",
                1 => $"min({Any(SqlType.Text)}){filter}",
                2 => Sorted("string_agg({0}, ',' ORDER BY {0})", Any(SqlType.Text)) + filter,
                3 => $"({Sorted("array_agg({0} ORDER BY {0} DESC)", Any(generator.Type()))}{filter})::text",
                4 => $"(array_agg(DISTINCT {Any(SqlType.Int)}){filter})::text",
                5 => $"(jsonb_object_agg(coalesce(({Any(generator.Type())})::text, '-'), 1){filter})::text",
                _ => $"({Sorted("json_agg({0} ORDER BY {0})", Any(SqlType.Int))}{filter})::text",
            },
            SqlType.Date => $"{Choices.Of("max", "min")}({distinct}{Any(SqlType.Date)}){filter}",
            SqlType.Bool => $"{Choices.Of("bool_and", "bool_or", "every")}({Any(SqlType.Bool)}){filter}",
            _ => Choices.Next(4) switch
            {
                0 => $"sum({distinct}{Any(SqlType.Float)}){filter}",
                1 => $"max({Any(SqlType.Float)}){filter}",
                2 => $"avg({Any(SqlType.Float)}){filter}",
                _ => $"percentile_cont(0.5) WITHIN GROUP (ORDER BY {Any(SqlType.Float)}){filter}",
            },
        };
    }

    /// <summary>An aggregate whose value has digits of its own: good for the client to see, not for comparisons.</summary>
    public string Raw(Scope scope)
    {
        string Any(SqlType wanted) => generator.Expressions.Of(wanted, scope, 1);
        return Choices.Next(7) switch
        {
            0 => $"avg({Any(SqlType.Int)})",
            1 => $"avg({Any(SqlType.Num)})",
            2 => $"sum({Any(SqlType.Num)})",
            3 => $"stddev({Any(SqlType.Int)})",
            4 => $"var_pop({Any(SqlType.Num)})",
            5 => Sorted("array_agg({0} ORDER BY {0})", Any(SqlType.Int)),
            _ => $"avg({Any(SqlType.Big)}) FILTER (WHERE {generator.Predicates.Of(scope, 0)})",
        };
    }

    /// <summary>A window function. Its order names every column, so rows that tie are alike.</summary>
    public string Window(SqlType type, Scope scope)
    {
        var leaf = generator.Expressions.Leaf(type, scope);
        var call = type switch
        {
            SqlType.Big => Choices.Of("row_number()", "rank()", "dense_rank()", $"sum({generator.Expressions.Leaf(SqlType.Int, scope)})", "count(*)"),
            SqlType.Int => Choices.Of($"max({leaf})", $"lag({leaf})", $"lead({leaf}, 2)", $"first_value({leaf})", "ntile(3)"),
            SqlType.Num => Choices.Of($"(sum({leaf})", $"(max({leaf})"),
            SqlType.Bool => $"bool_or({leaf})",
            _ => Choices.Of($"max({leaf})", $"min({leaf})", $"lag({leaf})", $"last_value({leaf})"),
        };
        var partition = Choices.Chance(60) ? $"PARTITION BY {generator.Expressions.Leaf(Choices.Of(SqlType.Int, SqlType.Text), scope)} " : "";
        var order = $"ORDER BY {string.Join(", ", scope.Columns.Select(c => c.Text + Choices.Of("", "", " DESC", " NULLS FIRST")))}";
        var frame = Choices.Of("", "", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING");
        return $"{call} OVER ({partition}{order}{frame}){(type == SqlType.Num ? ")::numeric(60,2)" : "")}";
    }

    private static string Sorted(string format, string expression) => string.Format(System.Globalization.CultureInfo.InvariantCulture, format, expression);
}
