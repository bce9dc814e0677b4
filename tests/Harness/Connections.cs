using Npgsql;

namespace Tangelo.Harness;

/// <summary>Connection strings of test servers.</summary>
public static class Connections
{
    /// <summary>User and database <c>postgres</c> on this machine.</summary>
    public static string Text(int port) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = "postgres",
        Database = "postgres",
        Timeout = 15,
        CommandTimeout = 120,
        IncludeErrorDetail = true,
    }.ConnectionString;
}
