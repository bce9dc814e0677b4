using System.Globalization;
using System.Text;
using Tangelo.Regress.Scripts;

namespace Tangelo.Regress.Running;

/// <summary>The answers of one run of a marked script, by the number of the step.</summary>
internal sealed record Transcript(IReadOnlyDictionary<int, Answer> Answers, IReadOnlyList<string> Setup, string Rest, bool TimedOut)
{
    public static Transcript Parse(string output, bool timedOut)
    {
        var answers = new Dictionary<int, Answer>();
        var setup = new List<string>();
        var text = new StringBuilder();
        foreach (var line in output.Split('\n'))
        {
            // A command that prints no newline at its end leaves the mark in the middle of a line.
            var mark = line.IndexOf("@@", StringComparison.Ordinal);
            if (mark >= 0 && string.CompareOrdinal(line, mark, MarkedScript.SetupMark, 0, MarkedScript.SetupMark.Length) == 0)
            {
                setup.AddRange(text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l.StartsWith("INFO:", StringComparison.Ordinal)).Select(l => l[5..].Trim()));
                text.Clear();
            }
            else if (mark >= 0 && string.CompareOrdinal(line, mark, MarkedScript.Mark, 0, MarkedScript.Mark.Length) == 0)
            {
                text.Append(line, 0, mark);
                var words = line[(mark + MarkedScript.Mark.Length)..].Split(' ');
                if (int.TryParse(words[0], CultureInfo.InvariantCulture, out var n))
                    answers.TryAdd(n, new Answer(text.ToString().TrimEnd('\n'), words.Length > 1 ? words[1] : ""));
                text.Clear();
            }
            else
                text.Append(line).Append('\n');
        }
        return new Transcript(answers, setup, text.ToString(), timedOut);
    }
}
