using Google.Protobuf;
using PgQuery;
using Tangelo.Catalog.Model;
using Tangelo.Planning.Values;
using Tangelo.Sql.Visiting;
using Node = PgQuery.Node;

namespace Tangelo.Planning.Inserts;

/// <summary>SET column = DEFAULT where the shards do not have the default, or would each compute another one.</summary>
internal static class CoordinatorDefaults
{
    /// <summary>Why the assignments cannot be carried out by the shards, or null.</summary>
    internal static string? WhyNotOnShards(DistributedTable table, IEnumerable<Node> assignments)
    {
        var replicated = table.IsReplicated;
        foreach (var target in assignments.Select(a => a.ResTarget).Where(t => t.Val is not null))
        {
            if (TreeWalker.Any((IMessage)target.Val, m => m is SetToDefault)
                && table.FindColumn(target.Name) is { } column
                && (InsertTarget.IsForCoordinator(table, column, replicated) || DefaultValues.Of(column) is not null))
                return $"the default of {column.Name} is computed by the coordinator";
        }

        return null;
    }
}
