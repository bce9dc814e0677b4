using System.Globalization;
using System.Text;
using Tangelo.Regress.Comparing;

namespace Tangelo.Regress.Reporting;

/// <summary>Every difference with both answers, for whoever mends it.</summary>
internal static class DetailsText
{
    private const int Most = 2500;

    public static string Write(FileResult result)
    {
        var text = new StringBuilder();
        foreach (var step in result.Steps.Where(s => s.Verdict is not (Verdict.Same or Verdict.OtherByNature)))
        {
            text.Append(CultureInfo.InvariantCulture, $"##### {result.Mode} {result.File} {step.Number} {step.Verdict}\n{Cut(step.Step.Text)}\n");
            text.Append(CultureInfo.InvariantCulture, $"--- plain {step.Plain.SqlState}\n{Cut(step.Plain.Text)}\n");
            text.Append(CultureInfo.InvariantCulture, $"--- cluster {step.Cluster?.SqlState}\n{Cut(step.Cluster?.Text ?? "(no answer)")}\n\n");
        }
        return text.ToString();
    }

    private static string Cut(string text) => text.Length <= Most ? text : text[..Most] + " ...";
}
