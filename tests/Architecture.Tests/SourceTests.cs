using System.Text.RegularExpressions;

namespace Tangelo.Architecture.Tests;

/// <summary>Habits of the source that the compiler does not keep.</summary>
public sealed partial class SourceTests
{
    /// <summary>Above this a second idea has moved in.</summary>
    private const int LongestFile = 600;

    private const int LinesOfAFastPath = 4;

    [Fact]
    public void No_source_file_is_longer_than_600_lines() =>
        Assert.Empty(Repository.Sources
            .Select(path => (Path: path, Lines: Repository.ReadLines(path).Length))
            .Where(file => file.Lines > LongestFile)
            .Select(file => $"{file.Path}: {file.Lines} lines"));

    [Fact]
    public void Nothing_blocks_a_thread()
    {
        var blocking =
            from path in Repository.Sources
            let lines = Repository.ReadLines(path)
            from number in Enumerable.Range(0, lines.Length)
            where Blocking().IsMatch(lines[number])
            // The fast path takes the result of what it has just seen to be complete.
            where !lines[Math.Max(0, number - LinesOfAFastPath)..(number + 1)].Any(l => l.Contains("IsCompleted", StringComparison.Ordinal))
            select $"{path}:{number + 1}: {lines[number].Trim()}";
        Assert.Empty(blocking);
    }

    [Fact]
    public void Nothing_is_left_to_be_done() => Assert.Empty(Matches(Unfinished()));

    [Fact]
    public void There_are_no_regions() => Assert.Empty(Matches(Region()));

    [Fact]
    public void A_namespace_is_its_folder()
    {
        var wrong =
            from path in Repository.Sources
            from line in Repository.ReadLines(path)
            let match = NamespaceLine().Match(line)
            where match.Success
            let expected = string.Join('.', path.Split('/').Skip(1).SkipLast(1))
            where match.Groups[1].Value != expected
            select $"{path}: {match.Groups[1].Value}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Names_say_more_than_helper_or_manager() =>
        Assert.DoesNotContain(Repository.Sources, path => VagueName().IsMatch(Path.GetFileNameWithoutExtension(path)));

    private static IEnumerable<string> Matches(Regex pattern) =>
        from path in Repository.Sources
        from line in Repository.ReadLines(path).Select((text, index) => (Text: text, Number: index + 1))
        where pattern.IsMatch(line.Text)
        select $"{path}:{line.Number}: {line.Text.Trim()}";

    // A property that is called Result on something else than a task is written with a receiver that says so.
    [GeneratedRegex(@"\b(?:[Tt]ask|\w*Async\([^)]*\))\.Result\b|\.Wait\(\)|\bThread\.Sleep\(|\.GetAwaiter\(\)\.GetResult\(\)")]
    private static partial Regex Blocking();

    [GeneratedRegex(@"\b(?:TODO|HACK|FIXME|XXX)\b")]
    private static partial Regex Unfinished();

    [GeneratedRegex(@"^\s*#region\b")]
    private static partial Regex Region();

    [GeneratedRegex(@"^namespace ([\w.]+);")]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"(?:Helpers?|Utils?|Utilities|Manager|Common)$")]
    private static partial Regex VagueName();
}
