namespace Tangelo.Workers.Connections;

/// <summary>How a server finds out, while it works for a statement, that its router is gone: else it would work on, and keep its locks, to the end of it.</summary>
public static class RouterLiveness
{
    /// <summary>PostgreSQL's setting; its own default is never to look.</summary>
    public const string SettingName = "client_connection_check_interval";

    /// <summary>How often it looks.</summary>
    public const string Interval = "5s";
}
