using System.Collections.Immutable;

namespace Tangelo.Execution.Explain;

/// <summary>
/// How a structured format of EXPLAIN is written, and how the lines that PostgreSQL wrote in it are read. A level of depth is
/// two blanks.
/// </summary>
internal interface IExplainFormat
{
    /// <summary>The lines of one item.</summary>
    List<string> Write(ExplainItem item, int depth);

    /// <summary>Puts the lines of the members of one object together.</summary>
    List<string> Join(IEnumerable<List<string>> members);

    /// <summary>A whole output: one statement with these members.</summary>
    List<string> WriteStatement(ImmutableArray<ExplainItem> members);

    /// <summary>The label that opens on a line, or null when none does.</summary>
    string? LabelOf(string line);

    /// <summary>The value after a line's label, unquoted.</summary>
    string ValueOf(string line);
}
