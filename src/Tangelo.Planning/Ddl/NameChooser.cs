using System.Text;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;

namespace Tangelo.Planning.Ddl;

/// <summary>
/// Chooses names for unnamed indexes and constraints as PostgreSQL does (table_column_label, with a number when taken), so that
/// shards can be told the name before the coordinator has run the statement.
/// </summary>
internal sealed class NameChooser(DdlContext context)
{
    private const int CandidatesPerQuestion = 8;
    private readonly HashSet<string> _chosen = [];

    /// <summary>A name for an index; for a constraint's index, constraints of the schema count as taken too.</summary>
    public string Index(DistributedTable table, string? columns, string label, bool isConstraint) =>
        Choose(table, columns, label, relations: true, constraints: isConstraint);

    /// <summary>A name for a CHECK or FOREIGN KEY constraint.</summary>
    public string Constraint(DistributedTable table, string? columns, string label) =>
        Choose(table, columns, label, relations: false, constraints: true);

    /// <summary>The columns of an index or foreign key as they stand in its name.</summary>
    public static string JoinColumns(IEnumerable<string> columns)
    {
        var joined = new StringBuilder();
        var bytes = 0;
        foreach (var column in columns)
        {
            if (bytes > 0)
            {
                joined.Append('_');
                bytes++;
            }

            joined.Append(column);
            bytes += Encoding.UTF8.GetByteCount(column);
            if (bytes > ShardNames.MaxIdentifierBytes)
                break;
        }

        return joined.ToString();
    }

    private string Choose(DistributedTable table, string? columns, string label, bool relations, bool constraints)
    {
        for (var pass = 0; ; pass += CandidatesPerQuestion)
        {
            var candidates = Enumerable.Range(pass, CandidatesPerQuestion)
                .Select(n => Compose(table.Name, columns, n == 0 ? label : label + n))
                .ToList();
            var taken = Taken(table.Schema, candidates, relations, constraints);
            if (candidates.Find(c => !taken.Contains(c) && !_chosen.Contains(c)) is not { } name)
                continue;
            _chosen.Add(name);
            return name;
        }
    }

    private HashSet<string?> Taken(string schema, List<string> candidates, bool relations, bool constraints)
    {
        var list = string.Join(", ", candidates.Select(ShardNames.Literal));
        var sources = new List<string>();
        if (relations)
            sources.Add($"SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = {Namespace(schema)} AND relname IN ({list})");
        if (constraints)
            sources.Add($"SELECT conname FROM pg_catalog.pg_constraint WHERE connamespace = {Namespace(schema)} AND conname IN ({list})");
        return [.. context.Ask(string.Join(" UNION ", sources)).Select(r => r[0])];
    }

    private static string Namespace(string schema) =>
        $"(SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = {ShardNames.Literal(schema)})";

    // The longer of the two parts gives way until all of it fits.
    private static string Compose(string table, string? columns, string label)
    {
        var room = ShardNames.MaxIdentifierBytes - (label.Length + 1) - (columns is null ? 0 : 1);
        var first = Encoding.UTF8.GetByteCount(table);
        var second = columns is null ? 0 : Encoding.UTF8.GetByteCount(columns);
        while (first + second > room)
        {
            if (first > second)
                first--;
            else
                second--;
        }

        var name = Cut(table, first);
        if (columns is not null)
            name += "_" + Cut(columns, second);
        return name + "_" + label;
    }

    private static string Cut(string text, int bytes)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if ((bytes -= rune.Utf8SequenceLength) < 0)
                break;
            kept.Append(rune.ToString());
        }

        return kept.ToString();
    }
}
