using System.Collections.Frozen;
using Tangelo.Cluster.Functions.Commands;
using Tangelo.Cluster.Functions.Nodes;
using Tangelo.Cluster.Functions.Statements;
using Tangelo.Cluster.Functions.Tables;
using Tangelo.Cluster.Functions.Writes;
using Tangelo.Core;

namespace Tangelo.Cluster.Functions;

/// <summary>
/// The functions that a loopback connection may call, by name: those of this project, and those the server adds. One that
/// the server adds stands for ours of the same name.
/// </summary>
public sealed class ClusterFunctions(IEnumerable<IClusterFunction> additional)
{
    private readonly FrozenDictionary<string, IClusterFunction> _byName =
        additional.Concat(All).DistinctBy(f => f.Name).ToFrozenDictionary(f => f.Name);

    /// <summary>The functions of this project.</summary>
    public static IReadOnlyList<IClusterFunction> All { get; } =
    [
        new CreateShardsFunction(),
        new ReturnPartitionsFunction(),
        new FinishShardsFunction(),
        new PutPolicyFunction(),
        new DropShardsFunction(),
        new LockShardsFunction(),
        new LockPlacementsFunction(),
        new CopyPlacementFunction(),
        new ShardSizesFunction(),
        new ShardRangesFunction(),
        new ShardsWithNullsFunction(),
        new AppendTableFunction(),
        new ReadShardDeleteFunction(),
        new MetadataChangedFunction(),
        new RunTasksFunction(),
        new ProbeNodeFunction(),
        new JoinNodeFunction(),
        new LeaveNodeFunction(),
        new RunOnNodesFunction(),
        new CopyReferenceTableFunction(),
        new ReadUpsertFunction(),
        new ReadStatementFunction(),
    ];

    /// <summary>The function called <paramref name="name"/>.</summary>
    /// <exception cref="PgException">42883 when there is none.</exception>
    public IClusterFunction Find(string name) =>
        _byName.GetValueOrDefault(name) ?? throw new PgException(SqlState.UndefinedFunction, $"the router has no function \"{name}\"");
}
