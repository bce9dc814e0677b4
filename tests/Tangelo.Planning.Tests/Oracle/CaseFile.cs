namespace Tangelo.Planning.Tests.Oracle;

/// <summary>A statement and the kind of plan that it must get: the word after <c>-- </c> on the line above it.</summary>
internal sealed record Case(string Kind, string Sql);

/// <summary>Reads the files in Cases: a line <c>-- kind</c> holds for the statements below it, each ended by a semicolon at the end of a line.</summary>
internal static class CaseFile
{
    internal static IEnumerable<Case> Read(string name)
    {
        var kind = "";
        var text = new List<string>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", name)))
        {
            if (line.StartsWith("-- ", StringComparison.Ordinal) && text.Count == 0)
            {
                kind = line[3..].Trim();
                continue;
            }

            if (line.Trim().Length == 0 && text.Count == 0)
                continue;
            text.Add(line);
            if (line.EndsWith(';'))
            {
                yield return new Case(kind, string.Join('\n', text)[..^1]);
                text.Clear();
            }
        }
    }
}
