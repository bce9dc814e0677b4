using System.Runtime.InteropServices;

namespace Tangelo.Sql.Parsing;

/// <summary>
/// The functions of libpg_query 15. Results are passed by value and own memory that only the matching free function returns;
/// the library keeps its memory contexts per thread, so any thread may call.
/// </summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "libpg_query.so";

    [StructLayout(LayoutKind.Sequential)]
    internal struct PgQueryError
    {
        public byte* Message;
        public byte* FuncName;
        public byte* FileName;
        public int LineNumber;
        public int CursorPosition;
        public byte* Context;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PgQueryProtobuf
    {
        public nuint Length;
        public byte* Data;
    }

    /// <summary>PgQueryProtobufParseResult and PgQueryScanResult, which have the same fields.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProtobufResult
    {
        public PgQueryProtobuf Buffer;
        public byte* StderrBuffer;
        public PgQueryError* Error;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct DeparseResult
    {
        public byte* Query;
        public PgQueryError* Error;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PlpgsqlResult
    {
        public byte* Functions;
        public PgQueryError* Error;
    }

    [LibraryImport(Library)]
    internal static partial ProtobufResult pg_query_parse_protobuf(byte* input);

    [LibraryImport(Library)]
    internal static partial void pg_query_free_protobuf_parse_result(ProtobufResult result);

    [LibraryImport(Library)]
    internal static partial ProtobufResult pg_query_scan(byte* input);

    [LibraryImport(Library)]
    internal static partial void pg_query_free_scan_result(ProtobufResult result);

    [LibraryImport(Library)]
    internal static partial DeparseResult pg_query_deparse_protobuf(PgQueryProtobuf tree);

    [LibraryImport(Library)]
    internal static partial void pg_query_free_deparse_result(DeparseResult result);

    [LibraryImport(Library)]
    internal static partial PlpgsqlResult pg_query_parse_plpgsql(byte* input);

    [LibraryImport(Library)]
    internal static partial void pg_query_free_plpgsql_parse_result(PlpgsqlResult result);
}
