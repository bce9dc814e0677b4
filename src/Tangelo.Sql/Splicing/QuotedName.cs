namespace Tangelo.Sql.Splicing;

/// <summary>Writing names as SQL.</summary>
public static class QuotedName
{
    /// <summary>The name in double quotes, whether it needs them or not.</summary>
    public static string Of(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>The name with its schema, both quoted; without a schema when <paramref name="schema"/> is empty.</summary>
    public static string Of(string schema, string name) => string.IsNullOrEmpty(schema) ? Of(name) : $"{Of(schema)}.{Of(name)}";
}
