using Tangelo.Regress.Reporting;
using Tangelo.Regress.Running;

namespace Tangelo.Regress;

/// <summary>
/// Runs PostgreSQL's own regression files through a cluster and compares every statement with a plain server.
/// <c>regress [--mode local|distributed|both] [--details FILE] [--write FILE] [FILE...]</c>
/// </summary>
internal static class Program
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    public static async Task<int> Main(string[] arguments)
    {
        if (Sources.Find() is not { } sources)
        {
            await System.Console.Error.WriteLineAsync($"{Sources.Variable} must name the unpacked source of PostgreSQL; tools/regression.sh fetches it.");
            return 2;
        }
        var options = Options.Parse(arguments);
        if (options.Details is { } details)
            File.Delete(details);
        var results = new List<Comparing.FileResult>();
        foreach (var mode in options.Modes)
            results.AddRange(await RegressionRun.RunAsync(sources, mode, options, Limit, System.Console.Out));
        if (options.Report is { } report)
            await File.WriteAllTextAsync(report, ReportPage.Write(results));
        return 0;
    }
}
