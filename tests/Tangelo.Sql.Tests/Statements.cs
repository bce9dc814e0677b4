using System.Collections.Immutable;
using System.Text;
using Tangelo.Sql.Parsing;

namespace Tangelo.Sql.Tests;

/// <summary>A few hundred statements of all kinds, from statements.sql.</summary>
internal static class Statements
{
    internal static ImmutableArray<ParsedStatement> All { get; } = Load();

    internal static ParsedStatement One(string sql) => Assert.Single(SqlParser.Parse(Encoding.UTF8.GetBytes(sql)));

    private static ImmutableArray<ParsedStatement> Load()
    {
        using var stream = typeof(Statements).Assembly.GetManifestResourceStream("statements.sql")!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return SqlParser.Parse(memory.ToArray());
    }
}
