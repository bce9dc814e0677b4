using Tangelo.Compat.Tests.Running;
using Xunit;

// A client that waits for each answer leaves much of a machine free.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]

namespace Tangelo.Compat.Tests;

/// <summary>Tests that share their servers and take turns: roles, databases and nodes are those of the whole cluster.</summary>
[CollectionDefinition(Name)]
public sealed class CompatCollection : ICollectionFixture<CompatServers>
{
    public const string Name = "compat";
}

/// <summary>The same on other servers, at the same time.</summary>
[CollectionDefinition(Name)]
public sealed class ExtendedCollection : ICollectionFixture<CompatServers>
{
    public const string Name = "compat, extended protocol";
}

/// <summary>The same once more: scripts under other circumstances, and what is no script.</summary>
[CollectionDefinition(Name)]
public sealed class CircumstancesCollection : ICollectionFixture<CompatServers>
{
    public const string Name = "compat, other circumstances";
}
