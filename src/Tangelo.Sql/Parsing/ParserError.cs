using System.Runtime.InteropServices;
using Tangelo.Core;

namespace Tangelo.Sql.Parsing;

/// <summary>Turns libpg_query's error into the error PostgreSQL would raise.</summary>
internal static unsafe class ParserError
{
    internal static PgException From(NativeMethods.PgQueryError* error)
    {
        var message = Marshal.PtrToStringUTF8((nint)error->Message) ?? "syntax error";
        return new PgException(new PgError
        {
            Code = CodeOf(message),
            Message = message,
            Position = error->CursorPosition > 0 ? error->CursorPosition : null,
            File = Marshal.PtrToStringUTF8((nint)error->FileName),
            Line = error->LineNumber,
            Routine = Marshal.PtrToStringUTF8((nint)error->FuncName),
        });
    }

    // libpg_query does not pass on the SQLSTATE, so the few errors of the grammar that are not syntax errors are known by their text.
    private static string CodeOf(string message)
    {
        if (message.EndsWith("not implemented", StringComparison.Ordinal)
            || message.EndsWith("not yet implemented", StringComparison.Ordinal)
            || message.EndsWith("not supported", StringComparison.Ordinal))
            return SqlState.FeatureNotSupported;
        if (message == "invalid Unicode escape")
            return "22025";
        if (message.StartsWith("invalid byte sequence", StringComparison.Ordinal))
            return "22021";
        if (message.StartsWith("unsafe use of", StringComparison.Ordinal))
            return "22P06";
        return message.StartsWith("memory exhausted", StringComparison.Ordinal) ? SqlState.OutOfMemory : SqlState.SyntaxError;
    }
}
