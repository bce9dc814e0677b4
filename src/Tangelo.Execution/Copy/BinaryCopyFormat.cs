namespace Tangelo.Execution.Copy;

/// <summary>The frame around the tuples of a binary COPY.</summary>
internal static class BinaryCopyFormat
{
    public const int SignatureLength = 11;

    /// <summary>Signature, flags and the length of the header's extension.</summary>
    public const int HeaderLength = SignatureLength + 8;

    public static ReadOnlySpan<byte> Signature => Header[..SignatureLength];

    /// <summary>A header without flags and without an extension.</summary>
    public static ReadOnlySpan<byte> Header =>
        [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>A field count of -1.</summary>
    public static ReadOnlySpan<byte> Trailer => [0xFF, 0xFF];
}
