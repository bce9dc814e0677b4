using Npgsql;
using Tangelo.Core;

namespace Tangelo.Planning.Ddl.Tests;

/// <summary>A test with a sharded database of its own.</summary>
[Collection(nameof(PostgresCollection))]
public abstract class DdlTest(PostgresFixture server) : IAsyncLifetime
{
    private ShardedDatabase? _database;

    protected ShardedDatabase Database => _database ?? throw new InvalidOperationException("not started");

    public async Task InitializeAsync() => _database = await ShardedDatabase.CreateAsync(server);

    public async Task DisposeAsync()
    {
        if (_database is not null)
            await _database.DisposeAsync();
    }

    /// <summary>Every shard of every distributed table is defined as its shell is.</summary>
    protected async Task ShardsAgreeAsync()
    {
        var shards = await Database.QueryAsync(
            """
            SELECT logicalrelid::regclass, format('%I.%I', nspname, relname || '_' || shardid)
            FROM pg_dist_shard JOIN pg_class c ON c.oid = logicalrelid JOIN pg_namespace n ON n.oid = relnamespace ORDER BY shardid
            """);
        foreach (var shard in shards)
            Assert.Equal(await TableDefinition.ReadAsync(Database, shard[0]!), await TableDefinition.ReadAsync(Database, shard[1]!));
    }

    /// <summary>Runs the statement; afterwards the shards agree with the shells.</summary>
    protected async Task RunAsync(string sql)
    {
        await Database.RunAsync(sql);
        await ShardsAgreeAsync();
    }

    /// <summary>The lines of a definition that begin with <paramref name="kind"/>.</summary>
    protected async Task<IReadOnlyList<string>> LinesAsync(string relation, string kind) =>
        [.. (await TableDefinition.ReadAsync(Database, relation)).Where(l => l.StartsWith(kind, StringComparison.Ordinal))];

    /// <summary>The SQLSTATE that the statement ends with, PostgreSQL's or the planner's.</summary>
    protected async Task<string> FailAsync(string sql)
    {
        try
        {
            await Database.RunAsync(sql);
        }
        catch (PgException refused)
        {
            return refused.Code;
        }
        catch (PostgresException failed)
        {
            return failed.SqlState;
        }

        return SqlState.SuccessfulCompletion;
    }
}
