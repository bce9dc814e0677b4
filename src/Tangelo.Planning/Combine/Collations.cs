using PgQuery;
using Tangelo.Planning.Analysis;

namespace Tangelo.Planning.Combine;

/// <summary>Columns lose their collation on the way up; where it matters the coordinator must read the tables itself.</summary>
internal static class Collations
{
    /// <summary>True when anything computed over rows may sort or compare by a collation that is not its type's.</summary>
    internal static bool Differ(BlockAnalysis block)
    {
        foreach (var expression in Syntax.OutputExpressions(block.Select))
        {
            if (expression is Node node && node.NodeCase != Node.NodeOneofCase.None && OutputAnalyzer.CollationOf(node, block.Scope) is not null)
                return true;
        }

        return block.Outputs?.Any(o => o.Collation is not null) ?? true;
    }
}
