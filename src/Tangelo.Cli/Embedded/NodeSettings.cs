using System.Text;

namespace Tangelo.Cli.Embedded;

/// <summary>The settings that the embedded cluster lays under a node. <c>ALTER SYSTEM</c> goes before them.</summary>
internal static class NodeSettings
{
    /// <summary>The file beside <c>postgresql.conf</c>, written anew at every start.</summary>
    public const string FileName = "tangelo.conf";

    // The path of a socket has to fit in sockaddr_un.
    private const int LongestSocketPath = 107;

    public static string Text(string dataDirectory, int port) =>
        $"""
        # Written by "tangelo up" at every start. Change settings with ALTER SYSTEM.
        listen_addresses = '127.0.0.1'
        port = {port}
        unix_socket_directories = {Quote(SocketDirectory(dataDirectory, port) ?? "")}
        max_connections = 500
        # Two-phase commit needs a slot for each transaction that is being committed.
        max_prepared_transactions = 200
        # Whoever makes or drops the shards of thousands of partitions locks each of them, with its indexes.
        max_locks_per_transaction = 512
        # Logical decoding follows a shard while it moves.
        wal_level = logical
        shared_buffers = 128MB
        log_line_prefix = '%m [%p] %q%u@%d %a '

        """;

    /// <summary>Makes <c>postgresql.conf</c> read <see cref="FileName"/>, once.</summary>
    public static async Task IncludeAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        const string Include = $"include_if_exists = '{FileName}'";
        var main = Path.Combine(dataDirectory, "postgresql.conf");
        var text = await File.ReadAllTextAsync(main, cancellationToken);
        if (!text.Contains(Include, StringComparison.Ordinal))
            await File.AppendAllTextAsync(main, $"\n{Include}\n", cancellationToken);
    }

    /// <summary>Where the node's Unix socket is; null when the path is too long for one: TCP is enough then.</summary>
    public static string? SocketDirectory(string dataDirectory, int port) =>
        Encoding.UTF8.GetByteCount($"{dataDirectory}/.s.PGSQL.{port}.lock") < LongestSocketPath ? dataDirectory : null;

    private static string Quote(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
