using Tangelo.Cli.Embedded;

namespace Tangelo.Cli.Tests.Embedded;

public sealed class PostgresInstallationTests
{
    [Fact]
    public async Task The_newest_one_is_found_and_not_older_than_15()
    {
        var found = await PostgresInstallation.FindAsync(null, null, default);
        Assert.True(found.Major >= PostgresInstallation.OldestMajor);
        Assert.True(File.Exists(found.Program("initdb")));
    }

    [Fact]
    public async Task A_folder_without_the_programs_is_named()
    {
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => PostgresInstallation.FindAsync("/usr/share", null, default));
        Assert.Contains("--postgres-bin /usr/share", failure.Message);
    }

    [Fact]
    public async Task Data_of_a_version_that_is_not_installed_asks_for_that_version()
    {
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => PostgresInstallation.FindAsync(null, 14, default));
        Assert.Contains("install postgresql-14", failure.Message);
    }

    [Fact]
    public async Task Too_old_a_server_is_refused()
    {
        var bin = Directory.CreateTempSubdirectory("tangelo-old-").FullName;
        try
        {
            foreach (var name in new[] { "initdb", "pg_ctl", "postgres" })
            {
                var program = Path.Combine(bin, name);
                await File.WriteAllTextAsync(program, "#!/bin/sh\necho 'postgres (PostgreSQL) 13.9'\n");
                File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            }
            var failure = await Assert.ThrowsAsync<CommandFailedException>(() => PostgresInstallation.FindAsync(bin, null, default));
            Assert.Contains("13", failure.Message);
            Assert.Contains("too old", failure.Message);
        }
        finally
        {
            Directory.Delete(bin, recursive: true);
        }
    }
}
