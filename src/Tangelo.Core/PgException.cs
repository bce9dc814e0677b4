namespace Tangelo.Core;

/// <summary>An error that is meant for the client, with all the fields PostgreSQL would send.</summary>
public sealed class PgException : Exception
{
    public PgException(PgError error, Exception? inner = null)
        : base($"{error.Code}: {error.Message}", inner) => Error = error;

    /// <summary>Raises <paramref name="message"/> with <paramref name="code"/> as its SQLSTATE.</summary>
    public PgException(string code, string message, string? detail = null, string? hint = null, Exception? inner = null)
        : this(new PgError { Code = code, Message = message, Detail = detail, Hint = hint }, inner)
    {
    }

    /// <summary>What the client is told.</summary>
    public PgError Error { get; }

    /// <summary>The SQLSTATE.</summary>
    public string Code => Error.Code;
}
