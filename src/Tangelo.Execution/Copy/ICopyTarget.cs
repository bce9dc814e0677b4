using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>The nodes' side of COPY FROM STDIN.</summary>
public interface ICopyTarget
{
    /// <summary>
    /// Begins a COPY command on the node of <paramref name="group"/>: <c>COPY shard (columns) FROM STDIN (options)</c>. The columns are
    /// <see cref="CopyFromOperator.ShardColumns"/>, the options <c>CopyOptions.ShardText</c>. Called again for a group when all of the last command's data was sent,
    /// also before its reply has come; calls for several groups overlap.
    /// </summary>
    /// <param name="group">The node.</param>
    /// <param name="shardIndex">Index into the shards of the table.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PgException">The node cannot be reached.</exception>
    ValueTask<ICopyCommand> BeginAsync(GroupId group, int shardIndex, CancellationToken cancellationToken);
}

/// <summary>A COPY command of a shard. Its reply may be read while its data is sent, after those of all commands before it on the same node.</summary>
public interface ICopyCommand
{
    /// <summary>Sends the data and CopyDone.</summary>
    /// <param name="data">Complete rows; in binary format with signature, header and trailer. Valid until the task ends.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PgException">08006: the connection is gone.</exception>
    ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    /// <summary>The same for data that comes in pieces, each valid until the next is asked for. When asking for one throws, the command is made to fail.</summary>
    ValueTask SendAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellationToken);

    /// <summary>Waits for the command's end.</summary>
    /// <returns>The number of rows.</returns>
    /// <exception cref="PgException">The node's error with the CONTEXT the node gave; the connection is in step again.</exception>
    ValueTask<long> ReadReplyAsync(CancellationToken cancellationToken);
}
