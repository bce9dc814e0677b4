using PgQuery;
using Tangelo.Planning.Analysis;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Combine;

/// <summary>Columns lose their collation on the way up; where it matters the coordinator must read the tables itself.</summary>
internal static class Collations
{
    /// <summary>True for a collation to which only equal bytes are equal, as they are to the default one.</summary>
    internal static bool ComparesBytes(string collation) => collation.Trim('"') is "C" or "POSIX" or "ucs_basic";

    /// <summary>
    /// True when anything computed over rows may sort or compare by a collation that is not its type's. A column that is only passed on does not.
    /// </summary>
    internal static bool Differ(BlockAnalysis block, IReadOnlyList<string> names)
    {
        if (block.Outputs is not { } outputs)
            return true;
        var select = block.Select;
        foreach (var item in select.SortClause.Select(s => s.SortBy.Node).Concat(Syntax.IsPlainDistinct(select) ? [] : select.DistinctClause))
        {
            var position = SortItems.OutputPosition(item, names);
            if (position >= 0 && outputs[position].Collation is not null)
                return true;
        }

        return Syntax.OutputExpressions(select)
            .OfType<Node>()
            .Where(e => e.NodeCase != Node.NodeOneofCase.None && e.ResTarget?.Val.NodeCase != Node.NodeOneofCase.ColumnRef)
            .Any(e => OutputAnalyzer.CollationOf(e, block.Scope) is not null);
    }
}
