using System.Text;
using PgQuery;
using Tangelo.Sql.Deparsing;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Visiting;

namespace Tangelo.Planning.Ddl.Writing;

/// <summary>Writing a changed statement down.</summary>
internal static class DdlText
{
    /// <summary>The statement's text; it parses to the same tree again.</summary>
    /// <exception cref="Core.PgException">0A000 when it cannot be written exactly.</exception>
    public static string Write(Node statement)
    {
        if (Deparser.TryDeparseFaithfully(statement, out var sql))
            return sql;

        sql = new DeparseGaps().Write(statement);
        var again = SqlParser.Parse(Encoding.UTF8.GetBytes(sql));
        if (again.Length == 1 && TreeLocations.EqualWithout(statement, again[0].Tree))
            return sql;
        throw Refusal.NotSupported(
            "cannot pass this statement on to the shards",
            "The statement uses a form that cannot be written down again exactly.");
    }
}
