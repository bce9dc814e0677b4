using System.Text;
using PgQuery;

namespace Tangelo.Sql.Parsing;

/// <summary>
/// One statement. <paramref name="Text"/> is its UTF-8 text without the semicolon; <c>location</c> fields of
/// <paramref name="Tree"/> are byte offsets into it. <paramref name="Offset"/> is where it began in the script it came from, in bytes.
/// </summary>
public sealed record ParsedStatement(byte[] Text, Node Tree, int Offset)
{
    /// <summary>The text as a string.</summary>
    public string Sql => Encoding.UTF8.GetString(Text);
}
