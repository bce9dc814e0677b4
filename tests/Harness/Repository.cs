namespace Tangelo.Harness;

/// <summary>The files of the working tree that the tests run in.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The hand-written C# files under <c>src</c>, as paths from the root.</summary>
    public static IReadOnlyList<string> Sources { get; } = Files("src", "*.cs");

    /// <summary>Files under <paramref name="folder"/>, as paths from the root, without build output.</summary>
    public static IReadOnlyList<string> Files(string folder, string pattern) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Root, f))
            .Where(f => !f.Split('/').Any(part => part is "bin" or "obj" or ".local" or "TestResults"))
            .Order(StringComparer.Ordinal),
    ];

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] ReadLines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
            if (File.Exists(Path.Combine(folder, "Tangelo.slnx")))
                return folder;
        throw new InvalidOperationException($"No Tangelo.slnx above {AppContext.BaseDirectory}.");
    }
}
