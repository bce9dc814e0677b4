namespace Tangelo.Acceptance.Tests;

/// <summary>The texts of the project that tests read.</summary>
internal static class Documents
{
    /// <summary>A file, by its path from the root of the repository.</summary>
    public static string Read(string path)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Tangelo.slnx")))
            folder = folder.Parent;
        return File.ReadAllText(Path.Combine(folder.FullName, path));
    }
}
