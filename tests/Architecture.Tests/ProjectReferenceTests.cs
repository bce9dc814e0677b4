using System.Xml.Linq;

namespace Tangelo.Architecture.Tests;

/// <summary>References between projects point one way, as docs/architecture.md shows.</summary>
public sealed class ProjectReferenceTests
{
    /// <summary>What each project may name. What comes along with those is theirs.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Core"] = [],
        ["Protocol"] = ["Core"],
        ["Sql"] = ["Core"],
        ["Catalog"] = ["Core"],
        ["Planning"] = ["Core", "Sql", "Catalog"],
        ["Workers"] = ["Core", "Protocol", "Catalog"],
        ["Execution"] = ["Core", "Protocol", "Sql", "Catalog", "Planning", "Workers"],
        ["Cluster"] = ["Core", "Workers", "Catalog", "Sql"],
        ["Console"] = ["Core", "Cluster", "Catalog"],
        ["Server"] = ["Core", "Protocol", "Sql", "Catalog", "Planning", "Workers", "Execution", "Cluster", "Console"],
        ["Cli"] = ["Core", "Server"],
    };

    /// <summary>Projects that do no I/O take no package that could.</summary>
    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        ["Core"] = [],
        ["Protocol"] = [],
        ["Catalog"] = [],
        ["Planning"] = [],
        ["Sql"] = ["Google.Protobuf", "Grpc.Tools"],
    };

    public static TheoryData<string> Projects() => [.. Repository.Files("src", "*.csproj")];

    [Fact]
    public void Every_project_has_its_rule() =>
        Assert.Equal(Allowed.Keys.Order(), Repository.Files("src", "*.csproj").Select(Short).Order());

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_lies_below_it(string path) =>
        Assert.Empty(Named(path, "ProjectReference").Select(Short).Except(Allowed[Short(path)]));

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_without_io_has_no_package_that_could_do_some(string path)
    {
        if (AllowedPackages.TryGetValue(Short(path), out var packages))
            Assert.Empty(Named(path, "PackageReference").Except(packages));
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = XDocument.Parse(Repository.Read("Tangelo.slnx")).Descendants("Project").Select(p => (string)p.Attribute("Path")!);
        Assert.Empty(Repository.Files("src", "*.csproj").Concat(Repository.Files("tests", "*.csproj")).Except(solution));
    }

    [Fact]
    public void Sources_do_not_reference_tests() =>
        Assert.All(Repository.Files("src", "*.csproj"), path => Assert.DoesNotContain(Named(path, "ProjectReference"), r => r.Contains("tests/", StringComparison.Ordinal)));

    private static IEnumerable<string> Named(string path, string element) =>
        XDocument.Parse(Repository.Read(path)).Descendants(element).Select(e => (string)e.Attribute("Include")!);

    private static string Short(string path) => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')).Replace("Tangelo.", "", StringComparison.Ordinal);
}
