using Tangelo.Compat.Tests.Running;

namespace Tangelo.Compat.Tests;

/// <summary>All tests share their servers and take turns, since a cluster fills the machine.</summary>
[CollectionDefinition(Name)]
public sealed class CompatCollection : ICollectionFixture<CompatServers>
{
    public const string Name = "compat";
}
