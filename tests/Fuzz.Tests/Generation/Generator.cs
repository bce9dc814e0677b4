namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>What the parts of the generator share: the decisions, names that are not taken yet, and the CTEs in reach.</summary>
internal sealed class Generator
{
    private int _names;

    public Generator(Choices choices)
    {
        Choices = choices;
        Expressions = new Expressions(this);
        Predicates = new Predicates(this);
        Aggregates = new Aggregates(this);
        Relations = new Relations(this);
        Queries = new Queries(this);
    }

    public Choices Choices { get; }

    public Expressions Expressions { get; }

    public Predicates Predicates { get; }

    public Aggregates Aggregates { get; }

    public Relations Relations { get; }

    public Queries Queries { get; }

    /// <summary>The CTEs that a FROM may name.</summary>
    public Stack<(string Name, IReadOnlyList<SqlType> Types)> Ctes { get; } = new();

    public string Name() => $"x{++_names}";

    public SqlType Type() => Choices.Of(
        SqlType.Int, SqlType.Int, SqlType.Big, SqlType.Text, SqlType.Num, SqlType.Date, SqlType.Bool, SqlType.Float);

    public IReadOnlyList<SqlType> Types(int most) => [.. Enumerable.Range(0, 1 + Choices.Next(most)).Select(_ => Type())];
}
