namespace Tangelo.Workers.Connections;

/// <summary>A message as it lies in the connection's buffer; <paramref name="Body"/> is valid until the next read.</summary>
public readonly record struct BackendMessage(byte Type, ReadOnlyMemory<byte> Body);
