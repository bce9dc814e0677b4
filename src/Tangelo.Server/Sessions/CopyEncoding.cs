namespace Tangelo.Server.Sessions;

/// <summary>The encodings that data of a COPY may be in.</summary>
internal static class CopyEncoding
{
    /// <summary>The encoding in PostgreSQL's own spelling, which reads names without regard to case and to what is no letter or digit.</summary>
    public static string Named(string encoding)
    {
        var plain = string.Concat(encoding.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return plain switch
        {
            "UNICODE" or "UTF8" => "UTF8",
            "MSKANJI" or "SHIFTJIS" or "WIN932" or "WINDOWS932" or "SJIS" => "SJIS",
            "WIN950" or "WINDOWS950" or "BIG5" => "BIG5",
            "WIN936" or "WINDOWS936" or "GBK" => "GBK",
            "WIN949" or "WINDOWS949" or "UHC" => "UHC",
            "SHIFTJIS2004" => "SHIFT_JIS_2004",
            "SQLASCII" => "SQL_ASCII",
            _ when plain.StartsWith("EUC", StringComparison.Ordinal) => plain.Contains("2004", StringComparison.Ordinal) ? "EUC_JIS_2004" : $"EUC_{plain[3..]}",
            _ => plain,
        };
    }

    /// <summary>True for encodings of clients only, in which the second byte of a character may look like a delimiter or a backslash.</summary>
    public static bool HidesBytes(string encoding) => encoding is "SJIS" or "SHIFT_JIS_2004" or "BIG5" or "GBK" or "UHC" or "GB18030" or "JOHAB";
}
