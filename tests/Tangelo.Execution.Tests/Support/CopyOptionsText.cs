using Tangelo.Planning.Plans;

namespace Tangelo.Execution.Tests.Support;

/// <summary>Makes the options of a COPY together with their SQL.</summary>
public static class CopyOptionsText
{
    public static CopyOptions Text(char delimiter = '\t', string nullText = "\\N", CopyHeader header = CopyHeader.None) =>
        new(CopyFormat.Text, (byte)delimiter, nullText, (byte)'"', (byte)'"', header,
            $"FORMAT text, DELIMITER {Literal(delimiter.ToString())}, NULL {Literal(nullText)}");

    public static CopyOptions Csv(
        char delimiter = ',', string nullText = "", char quote = '"', char? escape = null, CopyHeader header = CopyHeader.None,
        CopyKeyNulls keyNulls = CopyKeyNulls.None)
    {
        var force = keyNulls switch
        {
            CopyKeyNulls.ForceNull => ", FORCE_NULL (key)",
            CopyKeyNulls.ForceNotNull => ", FORCE_NOT_NULL (key)",
            CopyKeyNulls.None => "",
            _ => ", FORCE_NULL (key), FORCE_NOT_NULL (key)",
        };
        return new(CopyFormat.Csv, (byte)delimiter, nullText, (byte)quote, (byte)(escape ?? quote), header,
            $"FORMAT csv, DELIMITER {Literal(delimiter.ToString())}, NULL {Literal(nullText)}, QUOTE {Literal(quote.ToString())}, ESCAPE {Literal((escape ?? quote).ToString())}{force}")
        {
            KeyNulls = keyNulls,
        };
    }

    public static CopyOptions Binary() =>
        new(CopyFormat.Binary, 0, "", 0, 0, CopyHeader.None, "FORMAT binary");

    private static string Literal(string text) => "E'" + text.Replace("\\", "\\\\").Replace("'", "\\'").Replace("\t", "\\t") + "'";
}
