namespace Tangelo.Execution.Copy;

/// <summary>A row that waits for an answer of the coordinator: as <see cref="ICopyRowSink.Row"/> got it, and its defaults once known.</summary>
internal sealed record CopyRow(byte[] Raw, byte[] Key, long Line, byte[]?[]? Defaults = null);
