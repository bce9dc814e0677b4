namespace Tangelo.Core;

/// <summary>
/// The fields of a PostgreSQL ErrorResponse or NoticeResponse
/// (PostgreSQL manual, "Error and Notice Message Fields").
/// </summary>
public sealed record PgError
{
    /// <summary>ERROR, FATAL, PANIC, WARNING, NOTICE, DEBUG, INFO or LOG; never localised.</summary>
    public string Severity { get; init; } = "ERROR";

    /// <summary>The five characters of the SQLSTATE.</summary>
    public string Code { get; init; } = SqlState.InternalError;

    /// <summary>The primary message, one line.</summary>
    public string Message { get; init; } = "";

    public string? Detail { get; init; }
    public string? Hint { get; init; }

    /// <summary>1-based index, in characters, into the client's statement.</summary>
    public int? Position { get; init; }

    public int? InternalPosition { get; init; }
    public string? InternalQuery { get; init; }

    /// <summary>The CONTEXT field.</summary>
    public string? Where { get; init; }

    public string? Schema { get; init; }
    public string? Table { get; init; }
    public string? Column { get; init; }
    public string? DataType { get; init; }
    public string? Constraint { get; init; }
    public string? File { get; init; }
    public int? Line { get; init; }
    public string? Routine { get; init; }
}
