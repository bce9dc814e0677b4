using Tangelo.Sql.Parsing;

namespace Tangelo.Sql.Tests;

/// <summary>PostgreSQL's own lexer, the oracle of ours.</summary>
internal static class NativeScan
{
    internal static unsafe PgQuery.ScanResult? Tokens(byte[] text)
    {
        var input = new byte[text.Length + 1];
        text.CopyTo(input, 0);
        fixed (byte* pointer = input)
        {
            var result = NativeMethods.pg_query_scan(pointer);
            try
            {
                return result.Error != null ? null : ProtobufTrees.Read(PgQuery.ScanResult.Parser, result.Buffer);
            }
            finally
            {
                NativeMethods.pg_query_free_scan_result(result);
            }
        }
    }
}
