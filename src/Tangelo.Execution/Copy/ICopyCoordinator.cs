using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>What COPY FROM asks of the coordinator. Calls never overlap.</summary>
public interface ICopyCoordinator
{
    /// <summary>
    /// Computes the plan's coordinator defaults for <paramref name="count"/> rows: that many arrays, each with one value per
    /// default in the plan's order, null for NULL; in text form, or as typsend gives them when the COPY is binary.
    /// </summary>
    ValueTask<IReadOnlyList<byte[]?[]>> NextDefaultsAsync(int count, CancellationToken cancellationToken);

    /// <summary>
    /// The hashes of <paramref name="keys"/> (text form, or binary form when the COPY is binary) after the distribution
    /// column's type and type modifier were laid on them; the shards' indexes where the table is range-distributed. A key that is no value of the type raises PostgreSQL's error.
    /// </summary>
    ValueTask<int[]> HashByServerAsync(IReadOnlyList<byte[]> keys, CancellationToken cancellationToken);

    /// <summary>
    /// <paramref name="text"/>, which is in the encoding that the settings of the COPY name, in the server's encoding; or PostgreSQL's error where it is no
    /// text in it.
    /// </summary>
    ValueTask<(byte[]? Text, PgError? Error)> ConvertAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken);
}
