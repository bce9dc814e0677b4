using Tangelo.Core;

namespace Tangelo.Execution.Copy;

/// <summary>
/// Brings the client's data into the server's encoding before it is split, where a byte of a character may look like a delimiter or a backslash. The
/// coordinator converts, so the characters are PostgreSQL's; text in ASCII passes as it is.
/// </summary>
internal sealed class CopyTranscoder(string encoding, ICopyCoordinator coordinator, CancellationToken cancellation)
{
    private const int PieceBytes = 256 * 1024;

    private readonly CharacterLengths _lengths = CharacterLengths.Of(encoding);
    private byte[] _rest = [];

    /// <summary>Gives what the data is in the server's encoding to <paramref name="take"/>: all that is right even when there is something wrong after it.</summary>
    /// <exception cref="PgException">Some of it is no text in the encoding.</exception>
    public async ValueTask ConvertAsync(ReadOnlyMemory<byte> data, Func<ReadOnlyMemory<byte>, ValueTask> take)
    {
        if (_rest.Length > 0)
        {
            data = (byte[])[.. _rest, .. data.Span];
            _rest = [];
        }

        while (data.Length > 0)
        {
            var whole = _lengths.Whole(data.Span, Math.Min(data.Length, PieceBytes));
            if (whole == 0)
                break;
            await ConvertPieceAsync(data[..whole], take).ConfigureAwait(false);
            data = data[whole..];
        }

        _rest = data.ToArray();
    }

    /// <summary>The data has ended.</summary>
    /// <exception cref="PgException">In the middle of a character.</exception>
    public async ValueTask CompleteAsync()
    {
        if (_rest.Length > 0 && (await coordinator.ConvertAsync(_rest, cancellation).ConfigureAwait(false)).Error is { } error)
            throw new PgException(error);
    }

    private async ValueTask ConvertPieceAsync(ReadOnlyMemory<byte> piece, Func<ReadOnlyMemory<byte>, ValueTask> take)
    {
        if (CharacterLengths.IsPlain(piece.Span))
        {
            await take(piece).ConfigureAwait(false);
            return;
        }

        var (converted, error) = await coordinator.ConvertAsync(piece, cancellation).ConfigureAwait(false);
        if (error is null)
        {
            await take(converted).ConfigureAwait(false);
            return;
        }

        // Smaller and smaller, up to the character that is none.
        var half = _lengths.Whole(piece.Span, piece.Length / 2);
        if (half == 0)
            half = NextLength(piece.Span);
        if (half == piece.Length)
            throw new PgException(error);
        await ConvertPieceAsync(piece[..half], take).ConfigureAwait(false);
        await ConvertPieceAsync(piece[half..], take).ConfigureAwait(false);
    }

    private int NextLength(ReadOnlySpan<byte> piece)
    {
        for (var limit = 1; limit < piece.Length; limit++)
        {
            if (_lengths.Whole(piece, limit) is var length and > 0)
                return length;
        }

        return piece.Length;
    }
}
