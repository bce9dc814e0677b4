namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>One case: a query, or a transaction that writes, looks at what it wrote, and is rolled back.</summary>
/// <param name="Statements">The statements, in order.</param>
/// <param name="Protocol">How they are sent.</param>
internal sealed record FuzzCase(IReadOnlyList<StatementText> Statements, FuzzProtocol Protocol)
{
    private const int Depth = 2;

    public bool IsQuery => Statements.Count == 1;

    public static FuzzCase From(Choices choices)
    {
        var protocol = choices.Of(FuzzProtocol.Simple, FuzzProtocol.Simple, FuzzProtocol.ExtendedText, FuzzProtocol.ExtendedBinary);
        var generator = new Generator(choices, usesParameters: protocol != FuzzProtocol.Simple && choices.Chance(60));
        if (!choices.Chance(25))
        {
            if (protocol == FuzzProtocol.Simple && choices.Chance(6))
                return new FuzzCase([InFunction(generator)], protocol);
            var query = choices.Chance(6)
                ? new Locks(generator).Query()
                : generator.Queries.Query(generator.Types(4), Scope.Empty, choices.Of(Depth, 1, 0, Depth, Depth + 1), QueryPlace.Top);
            return new FuzzCase([new StatementText(query.Sql, query.IsOrdered, generator.TakeParameters())], protocol);
        }

        // Functions run on the coordinator, which reaches the tables in another way.
        var inFunction = generator.InFunction = protocol == FuzzProtocol.Simple && choices.Chance(25);
        var writes = new Writes(generator);
        var parts = new WriteParts(generator);
        var statements = new List<StatementText> { new("BEGIN", true, []) };
        for (var more = 1 + choices.Next(2); more > 0; more--)
        {
            var (sql, tables) = choices.Chance(15) ? parts.Statement() : writes.Statement();
            statements.Add(new StatementText(inFunction ? $"SELECT changed($fuzz${sql}$fuzz$)" : sql, IsOrdered: false, generator.TakeParameters()));
            statements.AddRange(tables.Select(t => new StatementText($"SELECT * FROM {t.Name}", IsOrdered: false, [])));
            if (tables.Any(t => t.IsWatched))
                statements.Add(new StatementText($"SELECT * FROM {FuzzTable.Seen}", IsOrdered: false, []));
        }

        generator.InFunction = false;
        if (choices.Chance(30))
        {
            var query = generator.Queries.Query(generator.Types(3), Scope.Empty, 1, QueryPlace.Top);
            statements.Add(new StatementText(query.Sql, query.IsOrdered, generator.TakeParameters()));
        }

        statements.Add(new StatementText("ROLLBACK", true, []));
        return new FuzzCase(statements, protocol);
    }

    /// <summary>A query that the coordinator runs inside of a function.</summary>
    private static StatementText InFunction(Generator generator)
    {
        generator.InFunction = true;
        var types = generator.Types(3);
        var query = generator.Queries.Query(types, Scope.Empty, 1, QueryPlace.Inner);
        var columns = string.Join(", ", types.Select((t, i) => $"c{i + 1} {t.Name()}"));
        return new StatementText($"SELECT * FROM through($fuzz${query.Sql}$fuzz$) AS x({columns})", query.IsOrdered, []);
    }

    public override string ToString() => string.Join(";\n", Statements) + $"; -- {Protocol}";
}
