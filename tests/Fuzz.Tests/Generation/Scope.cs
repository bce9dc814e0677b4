namespace Tangelo.Fuzz.Tests.Generation;

/// <summary>The columns that an expression sees: those of its own FROM, and those of the queries around it.</summary>
internal sealed record Scope(IReadOnlyList<Column> Columns, Scope? Outer = null)
{
    public static Scope Empty { get; } = new([]);

    public IEnumerable<Column> Of(SqlType type) => Columns.Where(c => c.Type == type);

    /// <summary>The columns of the queries around. A name without its relation would mean something else further in.</summary>
    public IEnumerable<Column> OuterOf(SqlType type) =>
        Outer is null ? [] : Outer.Of(type).Where(c => c.Text.Contains('.', StringComparison.Ordinal)).Concat(Outer.OuterOf(type));

    public Scope Plus(IEnumerable<Column> more) => this with { Columns = [.. Columns, .. more] };
}
