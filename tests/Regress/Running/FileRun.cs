using System.Diagnostics;
using System.Text;
using Tangelo.Regress.Comparing;
using Tangelo.Regress.Scripts;

namespace Tangelo.Regress.Running;

/// <summary>Runs one file on both servers at the same time and compares step by step.</summary>
internal sealed class FileRun(RegressionServers servers, Sources sources, Mode mode, string results, TimeSpan limit)
{
    public async Task<FileResult> RunAsync(string file)
    {
        var script = MarkedScript.Make(await File.ReadAllTextAsync(sources.Script(file), Encoding.Latin1), mode);
        var clock = Stopwatch.StartNew();
        var plain = RunOneAsync(servers.PlainPort, script.Plain, "plain");
        var cluster = RunOneAsync(servers.ClusterPort, script.Cluster, "cluster");
        await Task.WhenAll(plain, cluster);
        return FileComparer.Compare(file, mode, script.Steps, await plain, await cluster, clock.Elapsed);
    }

    private async Task<Transcript> RunOneAsync(int port, string script, string side)
    {
        var folder = Path.Combine(results, side);
        Directory.CreateDirectory(Path.Combine(folder, "results"));
        const UnixFileMode all = (UnixFileMode)0b111_111_111;
        File.SetUnixFileMode(folder, all);
        File.SetUnixFileMode(Path.Combine(folder, "results"), all);
        var (output, timedOut) = await PsqlProcess.RunAsync(port, script, results, folder, limit);
        return Transcript.Parse(output.Replace(folder, "@builddir@", StringComparison.Ordinal), timedOut);
    }
}
