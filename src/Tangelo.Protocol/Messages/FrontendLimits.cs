using Tangelo.Core;

namespace Tangelo.Protocol.Messages;

/// <summary>What PostgreSQL checks of a client's message before it receives the body: no byte of a body is kept that will be refused.</summary>
public static class FrontendLimits
{
    private const int Small = 10_000;

    /// <param name="type">The type byte.</param>
    /// <param name="totalSize">Size with type byte and length word.</param>
    /// <exception cref="PgException">FATAL 08P01: a type that there is not, or too long for its type.</exception>
    public static void Check(byte type, int totalSize)
    {
        switch (type)
        {
            case FrontendCode.Query or FrontendCode.FunctionCall or FrontendCode.Bind or FrontendCode.Parse or FrontendCode.CopyData or FrontendCode.Password:
                return;
            case FrontendCode.Close or FrontendCode.Describe or FrontendCode.Execute or FrontendCode.Flush or FrontendCode.Sync
                or FrontendCode.Terminate or FrontendCode.CopyDone or FrontendCode.CopyFail:
                if (totalSize - 1 > Small)
                    throw Fatal("invalid message length");
                return;
            default:
                throw Fatal($"invalid frontend message type {type}");
        }
    }

    private static PgException Fatal(string message) => new(new PgError { Severity = "FATAL", Code = SqlState.ProtocolViolation, Message = message });
}
