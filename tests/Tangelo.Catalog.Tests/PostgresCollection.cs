using Tangelo.Harness;
using Xunit;

namespace Tangelo.Catalog.Tests;

/// <summary>The tests that ask one PostgreSQL server.</summary>
[CollectionDefinition(nameof(PostgresCollection))]
public sealed class PostgresCollection : ICollectionFixture<PostgresFixture>;
