namespace Tangelo.Compat.Tests;

/// <summary>The scripts that lie beside the tests.</summary>
internal static class Cases
{
    public static string Directory { get; } = Path.Combine(AppContext.BaseDirectory, "cases");

    public static IEnumerable<string> Names => System.IO.Directory
        .EnumerateFiles(Directory, "*.sql").Select(p => Path.GetFileNameWithoutExtension(p)).Order(StringComparer.Ordinal);

    public static string Read(string name) => File.ReadAllText(Path.Combine(Directory, name + ".sql"));
}
