namespace Tangelo.Cli.Embedded;

/// <summary>The folder of an embedded cluster, held by one process at a time.</summary>
internal sealed class ClusterDirectory : IDisposable
{
    private const string LockName = "tangelo.lock";

    private readonly FileStream _lock;

    private ClusterDirectory(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>The major version whose data is here, or null in a new folder.</summary>
    public int? PostgresMajor
    {
        get
        {
            var file = System.IO.Path.Combine(NodePath(new NodeName(0)), "PG_VERSION");
            return File.Exists(file) ? int.Parse(File.ReadAllText(file)) : null;
        }
    }

    public string NodePath(NodeName name) => System.IO.Path.Combine(Path, name.ToString());

    /// <summary>
    /// Makes the folder if need be and locks it. The lock is the kernel's, so it goes with the process that holds it. A folder
    /// with something else in it is refused.
    /// </summary>
    public static ClusterDirectory Open(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            var isNew = !File.Exists(System.IO.Path.Combine(path, LockName)) && !Directory.Exists(System.IO.Path.Combine(path, new NodeName(0).ToString()));
            if (isNew && Directory.EnumerateFileSystemEntries(path).Any())
                throw new CommandFailedException($"{path} is not empty and holds no Tangelo cluster; name another folder with --data.");
            return new ClusterDirectory(path, Lock(path));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CommandFailedException($"{path} cannot be written; name another folder with --data.", e);
        }
        catch (IOException e)
        {
            throw new CommandFailedException($"{path} cannot be used: {e.Message} Name another folder with --data.", e);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream Lock(string path)
    {
        var file = System.IO.Path.Combine(path, LockName);
        try
        {
            return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (File.Exists(file))
        {
            throw new CommandFailedException($"Another tangelo serves {path}; stop it or name another folder with --data.", e);
        }
    }
}
