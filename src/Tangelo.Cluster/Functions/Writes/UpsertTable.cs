using System.Text.Json;

namespace Tangelo.Cluster.Functions.Writes;

/// <summary>The table of an INSERT with ON CONFLICT, and the types of the variables that its statement may name.</summary>
/// <param name="Schema">Its schema.</param>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Its columns in their order.</param>
/// <param name="Variables">Parameters of the function that holds the statement, with their types.</param>
internal sealed record UpsertTable(string Schema, string Name, IReadOnlyList<UpsertColumn> Columns, IReadOnlyDictionary<string, string> Variables)
{
    public static UpsertTable Parse(JsonElement args) => new(
        args.GetProperty("schema").GetString()!,
        args.GetProperty("table").GetString()!,
        [.. args.GetProperty("columns").EnumerateArray().Select(c => new UpsertColumn(c.GetProperty("name").GetString()!, c.GetProperty("type").GetString()!, c.GetProperty("base").GetString()!))],
        args.GetProperty("variables").EnumerateObject().ToDictionary(v => v.Name, v => v.Value.GetString()!));

    public UpsertColumn? Find(string name) => Columns.FirstOrDefault(c => c.Name == name);
}

/// <summary>A column: its type with and without its modifier, as format_type writes them.</summary>
internal sealed record UpsertColumn(string Name, string Type, string BaseType);
