namespace Tangelo.Workers.Connections;

/// <summary>Where a backend is and as whom to log in. <paramref name="Host"/> may be a directory of Unix sockets.</summary>
public sealed record BackendAddress(string Host, int Port, string Database, string User, string? Password = null)
{
    /// <summary>host:port, as messages show it.</summary>
    public string Node => $"{Host}:{Port}";

    /// <summary>Reads libpq's "host=... port=... user=... dbname=... password=..." form.</summary>
    public static BackendAddress FromConnectionInfo(string text)
    {
        var values = ConnectionInfo.Parse(text);
        var user = values.GetValueOrDefault("user", "postgres");
        return new BackendAddress(
            values.GetValueOrDefault("host") ?? values.GetValueOrDefault("hostaddr", "127.0.0.1"),
            int.TryParse(values.GetValueOrDefault("port", "5432"), out var port) ? port : 5432,
            values.GetValueOrDefault("dbname", user),
            user,
            values.GetValueOrDefault("password"));
    }

    /// <summary>The same server for Npgsql.</summary>
    public string ToNpgsql(string application) =>
        new System.Data.Common.DbConnectionStringBuilder
        {
            ["Host"] = Host,
            ["Port"] = Port,
            ["Database"] = Database,
            ["Username"] = User,
            ["Password"] = Password ?? "",
            ["Application Name"] = application,
        }.ConnectionString;
}
