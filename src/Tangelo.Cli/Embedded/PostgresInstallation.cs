using System.Text.RegularExpressions;

namespace Tangelo.Cli.Embedded;

/// <summary>A folder with PostgreSQL's server programs and their major version.</summary>
internal sealed partial record PostgresInstallation(string Bin, int Major)
{
    /// <summary>The oldest major version that Tangelo runs on.</summary>
    public const int OldestMajor = 15;

    private const string DebianRoot = "/usr/lib/postgresql";
    private const string InstallHint = "install it (apt-get install postgresql-15 postgresql-contrib) or name its folder with --postgres-bin";

    public string Program(string name) => Path.Combine(Bin, name);

    /// <summary>
    /// The installation in <paramref name="bin"/>, or the newest one that Debian's packages made; of
    /// <paramref name="requiredMajor"/> when the data is there already, since PostgreSQL reads only its own version's.
    /// </summary>
    public static async Task<PostgresInstallation> FindAsync(string? bin, int? requiredMajor, CancellationToken cancellationToken)
    {
        if (bin is not null)
        {
            var given = await ProbeAsync(Path.GetFullPath(bin), cancellationToken)
                ?? throw new CommandFailedException($"--postgres-bin {bin}: there is no initdb, pg_ctl and postgres in it.");
            if (given.Major < OldestMajor)
                throw new CommandFailedException($"PostgreSQL {given.Major} in {bin} is too old; Tangelo needs {OldestMajor} or later: {InstallHint}.");
            if (requiredMajor is { } required && required != given.Major)
                throw new CommandFailedException($"The data was made by PostgreSQL {required}, but {bin} holds {given.Major}; name the folder of version {required} with --postgres-bin.");
            return given;
        }

        var found = new List<PostgresInstallation>();
        if (Directory.Exists(DebianRoot))
            foreach (var folder in Directory.GetDirectories(DebianRoot))
                if (await ProbeAsync(Path.Combine(folder, "bin"), cancellationToken) is { } installation)
                    found.Add(installation);
        var usable = found.Where(i => requiredMajor is null ? i.Major >= OldestMajor : i.Major == requiredMajor).MaxBy(i => i.Major);
        if (usable is not null)
            return usable;
        if (requiredMajor is { } missing)
            throw new CommandFailedException($"The data was made by PostgreSQL {missing}, which is not in {DebianRoot}; install postgresql-{missing} or name its folder with --postgres-bin.");
        throw new CommandFailedException(found.MaxBy(i => i.Major) is { } old
            ? $"PostgreSQL {old.Major} is too old; Tangelo needs {OldestMajor} or later: {InstallHint}."
            : $"No PostgreSQL server is in {DebianRoot}; {InstallHint}.");
    }

    private static async Task<PostgresInstallation?> ProbeAsync(string bin, CancellationToken cancellationToken)
    {
        if (!new[] { "initdb", "pg_ctl", "postgres" }.All(p => File.Exists(Path.Combine(bin, p))))
            return null;
        var version = await ChildProcess.RunAsync(Path.Combine(bin, "postgres"), ["--version"], "/", cancellationToken);
        return MajorVersion().Match(version.Output) is { Success: true } match
            ? new PostgresInstallation(bin, int.Parse(match.Groups[1].ValueSpan))
            : null;
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex MajorVersion();
}
