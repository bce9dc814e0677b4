using Tangelo.Core;

namespace Tangelo.Server.Sessions;

/// <summary>
/// Errors that went through postgres_fdw, which keeps code, message, detail and hint and adds a context of its own. The rest comes
/// from the error as the loopback gave it.
/// </summary>
internal static class LoopbackErrors
{
    private static readonly string[] OwnContext =
    [
        "remote SQL command: ",
        "SQL statement \"INSERT INTO pg_catalog.tangelo_",
        "PL/pgSQL function tangelo_forward() ",
        "PL/pgSQL function pg_catalog.tangelo_forward() ",
    ];

    /// <summary><paramref name="error"/> with the fields of its <paramref name="cause"/>, if that is what it is.</summary>
    public static PgError Complete(PgError error, PgError cause)
    {
        if (error.Code != cause.Code || error.Message != cause.Message)
            return error;
        return error with
        {
            // RAISE cannot leave them out.
            Detail = error.Detail is "" ? null : error.Detail,
            Hint = error.Hint is "" ? null : error.Hint,
            Schema = cause.Schema,
            Table = cause.Table,
            Column = cause.Column,
            DataType = cause.DataType,
            Constraint = cause.Constraint,
            Where = WithoutOwn(error.Where, cause.Where),
        };
    }

    private static string? WithoutOwn(string? where, string? remote)
    {
        if (where is null)
            return null;
        if (remote is { Length: > 0 } && where.StartsWith(remote, StringComparison.Ordinal))
            where = where[remote.Length..];
        var lines = where.Split('\n').Where(l => l.Length > 0 && !Array.Exists(OwnContext, o => l.StartsWith(o, StringComparison.Ordinal)));
        var rest = string.Join('\n', lines);
        return rest.Length == 0 ? null : rest;
    }
}
