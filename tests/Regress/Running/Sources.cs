namespace Tangelo.Regress.Running;

/// <summary>The unpacked source of PostgreSQL, which <c>tools/regression.sh</c> fetches.</summary>
internal sealed record Sources(string Root)
{
    public const string Variable = "TANGELO_POSTGRES_SOURCES";

    /// <summary>The libraries of the installed PostgreSQL; refint and autoinc are there, regress is not.</summary>
    public static string Libraries => Directory.EnumerateDirectories("/usr/lib/postgresql").Order().Select(d => Path.Combine(d, "lib")).Last();

    public string Regress => Path.Combine(Root, "src/test/regress");

    /// <summary>Null where they have not been fetched.</summary>
    public static Sources? Find() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } root && Directory.Exists(Path.Combine(root, "src/test/regress/sql")) ? new Sources(root) : null;

    public string Script(string file) => Path.Combine(Regress, "sql", file + ".sql");

    /// <summary>The files in the order of PostgreSQL's own schedule.</summary>
    public IReadOnlyList<string> Schedule() =>
    [
        .. File.ReadLines(Path.Combine(Regress, "parallel_schedule"))
            .Where(l => l.StartsWith("test:", StringComparison.Ordinal))
            .SelectMany(l => l[5..].Split(' ', StringSplitOptions.RemoveEmptyEntries)),
    ];
}
