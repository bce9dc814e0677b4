namespace Tangelo.Execution.Copy;

/// <summary>The client's side of COPY FROM STDIN.</summary>
public interface ICopySource
{
    /// <summary>
    /// The next message. Its data stays valid until the next call. After <see cref="CopySourceKind.Done"/> or
    /// <see cref="CopySourceKind.Fail"/> it is not called again. Throws when the connection is lost.
    /// </summary>
    ValueTask<CopySourceMessage> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>What the client sent: <paramref name="Data"/> for Data, <paramref name="Reason"/> for Fail.</summary>
public readonly record struct CopySourceMessage(CopySourceKind Kind, ReadOnlyMemory<byte> Data = default, string? Reason = null)
{
    /// <summary>CopyDone.</summary>
    public static readonly CopySourceMessage Done = new(CopySourceKind.Done);
}

/// <summary>The messages of a client in copy-in mode.</summary>
public enum CopySourceKind
{
    /// <summary>The payload of one CopyData message, or of several, or a part of one.</summary>
    Data,

    /// <summary>CopyDone.</summary>
    Done,

    /// <summary>CopyFail.</summary>
    Fail,
}
