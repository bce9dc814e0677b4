using PgQuery;
using Tangelo.Sql.Deparsing;

namespace Tangelo.Planning.Ddl;

/// <summary>Writing a changed statement down.</summary>
internal static class DdlText
{
    /// <summary>The statement's text; it parses to the same tree again.</summary>
    /// <exception cref="Core.PgException">0A000 when libpg_query cannot write it exactly.</exception>
    public static string Write(Node statement) =>
        Deparser.TryDeparseFaithfully(statement, out var sql)
            ? sql
            : throw Refusal.NotSupported(
                "cannot pass this statement on to the shards",
                "The statement uses a form that cannot be written down again exactly.");
}
