namespace Tangelo.Cluster.Metadata;

/// <summary>SQL texts that are files of this project.</summary>
internal static class EmbeddedSql
{
    public static string Read(string resource)
    {
        using var stream = typeof(EmbeddedSql).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"the resource {resource} is missing");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
