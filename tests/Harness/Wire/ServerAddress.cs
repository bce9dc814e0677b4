namespace Tangelo.Harness.Wire;

/// <summary>Where a server listens and as whom to connect; the servers of the tests trust everyone.</summary>
internal sealed record ServerAddress(string Host, int Port, string Database = "postgres", string User = "postgres")
{
    public string ConnectionString => $"Host={Host};Port={Port};Username={User};Database={Database}";
}
