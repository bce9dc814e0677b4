namespace Tangelo.Compat.Tests.Generated;

/// <summary>A table that generated queries read. All of them have the columns k, a, b (integers), n (numeric), t (text) and d (date).</summary>
internal sealed record GeneratedTable(string Name, string? Distribution)
{
    public static IReadOnlyList<GeneratedTable> All { get; } =
    [
        new("d1", "SELECT create_distributed_table('d1', 'k')"),
        new("d2", "SELECT create_distributed_table('d2', 'k', colocate_with => 'd1')"),
        new("d3", "SELECT create_distributed_table('d3', 'a', colocate_with => 'none')"),
        new("r1", "SELECT create_reference_table('r1')"),
        new("l1", null),
    ];

    /// <summary>The script that makes and fills all tables, some rows without values.</summary>
    public static string Script => string.Join("\n", All.Select((table, number) =>
        $"""
        CREATE TABLE {table.Name} (k int, a int, b int, n numeric(8,2), t text, d date);
        {(table.Distribution is null ? "" : "-- cluster: " + table.Distribution)}
        INSERT INTO {table.Name} SELECT i % {13 + number * 4}, (i * {3 + number}) % 11, CASE WHEN i % {6 + number} <> 0 THEN i % 5 END, (i * {7 + number} % 40) / 4.0, CASE WHEN i % {9 - number} <> 0 THEN chr(97 + i % {4 + number}) END, CASE WHEN i % 8 <> 0 THEN date '2024-01-01' + (i * {5 + number}) % 80 END FROM generate_series(1, {30 + number * 7}) i;
        """));
}
