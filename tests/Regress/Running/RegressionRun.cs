using System.Globalization;
using Tangelo.Regress.Comparing;
using Tangelo.Regress.Reporting;

namespace Tangelo.Regress.Running;

/// <summary>All files, or some with what they need before them, in one mode on fresh servers.</summary>
internal static class RegressionRun
{
    public static async Task<IReadOnlyList<FileResult>> RunAsync(Sources sources, Mode mode, Options options, TimeSpan limit, TextWriter progress)
    {
        var results = new List<FileResult>();
        var folder = Directory.CreateTempSubdirectory("tangelo-regress-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        try
        {
            CopyData(sources, folder);
            await using var servers = await RegressionServers.StartAsync();
            var run = new FileRun(servers, sources, mode, folder, limit);
            foreach (var file in Schedules.InOrder(sources, mode, options.Files))
            {
                var result = await run.RunAsync(file);
                results.Add(result);
                if (options.Details is { } details)
                    await File.AppendAllTextAsync(details, DetailsText.Write(result));
                await progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{mode,-12}{file,-26}{result.Same,5} of {result.Counted,5} {result.Time.TotalSeconds,6:0.0} s  {Summary(result)}"));
                await progress.FlushAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return results;
    }

    /// <summary>The servers read these files, and they may run as a user who cannot enter the folder of the source.</summary>
    private static void CopyData(Sources sources, string folder)
    {
        var data = Directory.CreateDirectory(Path.Combine(folder, "data"));
        File.SetUnixFileMode(data.FullName, (UnixFileMode)0b111_101_101);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(sources.Regress, "data")))
        {
            var copy = Path.Combine(data.FullName, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, (UnixFileMode)0b110_100_100);
        }
    }

    private static string Summary(FileResult result) =>
        string.Join(", ", Enum.GetValues<Verdict>().Where(v => v != Verdict.Same && result.Count(v) > 0).Select(v => $"{v} {result.Count(v)}"));
}
