namespace Tangelo.Workers.Pooling;

/// <summary>How many connections a server takes of ordinary roles.</summary>
public static class ServerCapacity
{
    /// <summary>An expression of SQL.</summary>
    public const string Expression =
        "(pg_catalog.current_setting('max_connections')::int - pg_catalog.current_setting('superuser_reserved_connections')::int"
        + " - coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int)";

    /// <summary>A query of it.</summary>
    public const string Sql = "SELECT " + Expression;
}
