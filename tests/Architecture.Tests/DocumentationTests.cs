using System.Text.RegularExpressions;

namespace Tangelo.Architecture.Tests;

/// <summary>A path that a document names exists.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string[] Roots = ["src/", "tests/", "bench/", "docs/", "tools/", "deploy/", ".ci/", "./"];

    public static TheoryData<string> Documents()
    {
        var documents = new TheoryData<string>();
        foreach (var path in Directory.EnumerateFiles(Repository.Root, "*.md").Select(f => Path.GetFileName(f)!).Order())
            documents.Add(path);
        foreach (var folder in new[] { "docs", "src", "tests", "bench", "deploy" }.Where(f => Directory.Exists(Path.Combine(Repository.Root, f))))
            foreach (var path in Repository.Files(folder, "*.md"))
                documents.Add(path);
        return documents;
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void The_paths_it_names_exist(string document)
    {
        var text = Repository.Read(document);
        var missing =
            from name in Quoted().Matches(text).Select(m => m.Groups[1].Value).Concat(Linked().Matches(text).Select(m => m.Groups[1].Value)).Distinct()
            where IsPath(name) && !Exists(document, name)
            select name;
        Assert.Empty(missing);
    }

    // In back-quotes only what starts like a path of this repository counts: most quoted words are SQL.
    private static bool IsPath(string name) =>
        Roots.Any(r => name.StartsWith(r, StringComparison.Ordinal)) || name.EndsWith(".md", StringComparison.Ordinal);

    private static bool Exists(string document, string name)
    {
        var plain = name.TrimEnd('/');
        var wildcard = plain.IndexOf('*', StringComparison.Ordinal);
        if (wildcard >= 0)
            plain = plain[..plain.LastIndexOf('/', wildcard)];
        string[] places = [Repository.Root, Path.Combine(Repository.Root, Path.GetDirectoryName(document)!)];
        return places.Any(place => Path.Exists(Path.Combine(place, plain)));
    }

    [GeneratedRegex(@"`([\w./*-]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\]\((?!\w+:)([\w./-]+)(?:#[\w-]*)?\)")]
    private static partial Regex Linked();
}
