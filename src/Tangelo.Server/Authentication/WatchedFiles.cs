namespace Tangelo.Server.Authentication;

/// <summary>
/// Something that is read from files, and anew when one of them has changed. What cannot be read then leaves what was known before in force.
/// </summary>
/// <param name="paths">The files.</param>
/// <param name="read">Reads them.</param>
/// <param name="failed">Is told why a later version could not be read, once for each.</param>
internal sealed class WatchedFiles<T>(IReadOnlyList<string> paths, Func<T> read, Action<Exception> failed)
    where T : class
{
    private readonly Lock _lock = new();
    private string _stamp = "";
    private T? _value;

    /// <summary>What the files say now.</summary>
    /// <exception cref="IOException">They have never been readable.</exception>
    /// <exception cref="FormatException">They have never made sense.</exception>
    public T Current
    {
        get
        {
            var stamp = string.Join('|', paths.Select(p => new FileInfo(p) is { Exists: true } f ? $"{f.LastWriteTimeUtc.Ticks}.{f.Length}" : ""));
            lock (_lock)
            {
                if (_value is { } known && stamp == _stamp)
                    return known;
                _stamp = stamp;
                try
                {
                    return _value = read();
                }
                catch (Exception e) when (_value is not null && e is IOException or UnauthorizedAccessException or FormatException or System.Security.Cryptography.CryptographicException)
                {
                    failed(e);
                    return _value;
                }
            }
        }
    }
}
