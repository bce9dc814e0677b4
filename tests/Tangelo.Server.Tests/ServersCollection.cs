namespace Tangelo.Server.Tests;

/// <summary>All tests share their servers and take turns, since a cluster fills the machine.</summary>
[CollectionDefinition(Name)]
public sealed class ServersCollection : ICollectionFixture<Servers>
{
    public const string Name = "servers";
}
