using Tangelo.Compat.Tests.Running;

namespace Tangelo.Compat.Tests;

/// <summary>Tests that share their servers and take turns: roles, databases and nodes are those of the whole cluster.</summary>
[CollectionDefinition(Name)]
public sealed class CompatCollection : ICollectionFixture<CompatServers>
{
    public const string Name = "compat";
}

/// <summary>The same on other servers, at the same time: one client that waits for each answer leaves half of a machine free.</summary>
[CollectionDefinition(Name)]
public sealed class ExtendedCollection : ICollectionFixture<CompatServers>
{
    public const string Name = "compat, extended protocol";
}
