using System.Security.Cryptography;
using Tangelo.Cli.Embedded;

namespace Tangelo.Harness;

/// <summary>The npm packages that a package-lock.json names, fetched once for all test runs.</summary>
public static class NodePackages
{
    private static readonly string[] Files = ["package.json", "package-lock.json"];

    /// <summary>Gives the folder <c>node_modules</c>, for NODE_PATH.</summary>
    /// <param name="source">The folder with package.json and package-lock.json.</param>
    public static async Task<string> InstallAsync(string source)
    {
        var wanted = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(source, "package-lock.json"))));
        var folder = Path.Combine(RunFolder.Base, $"node-packages-{wanted[..16]}");
        var modules = Path.Combine(folder, "node_modules");
        if (Directory.Exists(modules))
            return modules;

        var unfinished = $"{folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(unfinished);
        foreach (var file in Files)
            File.Copy(Path.Combine(source, file), Path.Combine(unfinished, file), overwrite: true);
        var fetched = await ChildProcess.RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], unfinished, default);
        if (!fetched.Succeeded)
            throw new InvalidOperationException($"The npm packages of {source}, which this test needs, could not be had. Let npm reach its registry. npm said: {fetched.Output}");
        if (!Directory.Exists(folder))
            Directory.Move(unfinished, folder);
        return modules;
    }
}
