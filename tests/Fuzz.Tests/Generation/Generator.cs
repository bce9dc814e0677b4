namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>What the parts of the generator share: the decisions, names that are not taken yet, and the CTEs in reach.</summary>
internal sealed class Generator
{
    private int _names;

    private readonly List<string> _parameters = [];
    private readonly bool _usesParameters;

    /// <param name="choices">What decides.</param>
    /// <param name="usesParameters">Whether some constants become parameters.</param>
    public Generator(Choices choices, bool usesParameters)
    {
        Choices = choices;
        _usesParameters = usesParameters;
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

    /// <summary>Whether the statement runs inside of a function.</summary>
    public bool InFunction { get; set; }

    /// <summary>The CTEs that a FROM may name.</summary>
    public Stack<(string Name, IReadOnlyList<SqlType> Types)> Ctes { get; } = new();

    /// <summary>A constant, or a parameter with its value.</summary>
    public string Parameter(string constant)
    {
        if (!_usesParameters || !Choices.Chance(50))
            return constant;
        _parameters.Add(constant.Trim('(', ')'));
        return $"${_parameters.Count}";
    }

    /// <summary>The values of the parameters of the statement that is now complete.</summary>
    public IReadOnlyList<string> TakeParameters()
    {
        IReadOnlyList<string> taken = [.. _parameters];
        _parameters.Clear();
        return taken;
    }

    public string Name() => $"x{++_names}";

    public SqlType Type() => Choices.Of(
        SqlType.Int, SqlType.Int, SqlType.Big, SqlType.Text, SqlType.Num, SqlType.Date, SqlType.Bool, SqlType.Float);

    public IReadOnlyList<SqlType> Types(int most) => [.. Enumerable.Range(0, 1 + Choices.Next(most)).Select(_ => Type())];
}
