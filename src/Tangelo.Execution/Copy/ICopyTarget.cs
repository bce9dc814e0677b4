using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>The nodes' side of COPY FROM STDIN.</summary>
public interface ICopyTarget
{
    /// <summary>
    /// Runs one whole COPY command on the node of <paramref name="group"/>:
    /// <c>COPY shard (columns) FROM STDIN (options)</c>, <paramref name="copyData"/>, CopyDone. The columns are
    /// <see cref="CopyFromOperator.ShardColumns"/>, the options <c>CopyOptions.ShardText</c>. Returns the number of rows of the
    /// command tag. Never called again for a group before the last call ended; calls for several groups overlap.
    /// A node's error comes as a PgException with the CONTEXT the node gave.
    /// </summary>
    /// <param name="shardIndex">Index into the shards of the table.</param>
    /// <param name="copyData">Complete rows; in binary format with signature, header and trailer. Valid until the task ends.</param>
    ValueTask<long> WriteAsync(GroupId group, int shardIndex, ReadOnlyMemory<byte> copyData, CancellationToken cancellationToken);

    /// <summary>The same for data that comes in pieces, each valid until the next is asked for. When asking for one throws, the command is made to fail.</summary>
    ValueTask<long> WriteAsync(GroupId group, int shardIndex, IAsyncEnumerable<ReadOnlyMemory<byte>> pieces, CancellationToken cancellationToken);
}
