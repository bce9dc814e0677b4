using Tangelo.Cluster.Functions;
using Tangelo.Server.Hosting;

namespace Tangelo.Server.AdminFunctions;

/// <summary>All functions that SQL can call in the router: those of the cluster and those about this router's own state.</summary>
internal static class ServerFunctions
{
    /// <summary>The function of this name.</summary>
    public static IClusterFunction Find(string name, RouterState router) => router.Functions.Find(name);

    /// <summary>The functions about a router's own state.</summary>
    public static IEnumerable<IClusterFunction> For(RouterState router) =>
    [
        new StatementStatisticsFunction(router),
        new StatementStatisticsResetFunction(router),
        new ActivityFunction(router),
        new LocksFunction(router),
        new LockWaitsFunction(router),
        new SignalFunction(router),
        new RecoverPreparedFunction(router),
        new CommitBeginsFunction(),
        new SchemaChangeFunction(router),
        new LastFailureFunction(),
        new PinnedSessionsFunction(router),
        new RemoteConnectionsFunction(router),
    ];
}
