namespace Tangelo.Cli.Embedded;

/// <summary>
/// The user that the PostgreSQL processes run as: the one who started the command, or <c>postgres</c> when that is root,
/// because PostgreSQL refuses to run as root.
/// </summary>
internal sealed class NodeAccount
{
    private const string ServiceUser = "postgres";

    private readonly bool _changesUser;

    private NodeAccount(bool changesUser) => _changesUser = changesUser;

    public static async Task<NodeAccount> DetermineAsync(CancellationToken cancellationToken)
    {
        if (!Environment.IsPrivilegedProcess)
            return new NodeAccount(changesUser: false);
        var found = await ChildProcess.RunAsync("id", ["-u", ServiceUser], "/", cancellationToken);
        if (!found.Succeeded)
            throw new CommandFailedException(
                "PostgreSQL does not run as root and there is no user \"postgres\"; install PostgreSQL (apt-get install postgresql-15) or start tangelo as another user.");
        return new NodeAccount(changesUser: true);
    }

    /// <summary>Runs a program as this user.</summary>
    public Task<ChildResult> RunAsync(string file, IEnumerable<string> arguments, string workingDirectory, CancellationToken cancellationToken) =>
        _changesUser
            ? ChildProcess.RunAsync(
                "setpriv",
                [$"--reuid={ServiceUser}", $"--regid={ServiceUser}", "--init-groups", "--", file, .. arguments],
                workingDirectory,
                cancellationToken)
            : ChildProcess.RunAsync(file, arguments, workingDirectory, cancellationToken);

    /// <summary>Gives a file or folder to this user.</summary>
    public async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        if (!_changesUser)
            return;
        var result = await ChildProcess.RunAsync("chown", [$"{ServiceUser}:", path], "/", cancellationToken);
        if (!result.Succeeded)
            throw new CommandFailedException($"{path} cannot be given to the user \"{ServiceUser}\": {result.LastLine}.");
    }

    /// <summary>Fails with the first folder on the way to <paramref name="path"/> that this user may not pass.</summary>
    public async Task RequireWayToAsync(string path, CancellationToken cancellationToken)
    {
        if (!_changesUser || await MayPassAsync(path, cancellationToken))
            return;
        var closed = path;
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
            if (!await MayPassAsync(folder, cancellationToken))
                closed = folder;
        throw new CommandFailedException(
            $"The user \"{ServiceUser}\", which runs PostgreSQL, may not enter {closed}; choose another --data (for example /var/lib/tangelo) or run: chmod o+x {closed}");
    }

    private async Task<bool> MayPassAsync(string folder, CancellationToken cancellationToken) =>
        (await RunAsync("test", ["-x", folder], "/", cancellationToken)).Succeeded;
}
