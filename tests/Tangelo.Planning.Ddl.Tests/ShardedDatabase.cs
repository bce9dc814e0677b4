using System.Text;
using Npgsql;
using Tangelo.Catalog;
using Tangelo.Catalog.Model;
using Tangelo.Cluster.Metadata;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;

namespace Tangelo.Planning.Ddl.Tests;

/// <summary>
/// A database in which shells and their shards lie side by side, the metadata that says so, and the steps of a
/// <see cref="DdlPlan"/> done one after the other.
/// </summary>
public sealed class ShardedDatabase : IAsyncDisposable
{
    private const string Node = "INSERT INTO pg_dist_node (nodeid, groupid, nodename, nodeport) VALUES (1, 1, 'localhost', 5432)";

    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlConnection _connection;
    private int _nextShard = 102008;

    private ShardedDatabase(NpgsqlDataSource source, NpgsqlConnection connection) => (_source, _connection) = (source, connection);

    /// <summary>The statements that the last plan ran on nodes.</summary>
    public List<string> OnNodes { get; } = [];

    public static async Task<ShardedDatabase> CreateAsync(PostgresFixture server)
    {
        var source = await server.CreateDatabaseAsync();
        var database = new ShardedDatabase(source, await source.OpenConnectionAsync());
        await database.ExecuteAsync(Node);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _source.DisposeAsync();
    }

    /// <summary>Runs SQL as it is.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<IReadOnlyList<string?[]>> QueryAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection) { AllResultTypesAreUnknown = true };
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string?[]>();
        while (await reader.ReadAsync())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        return rows;
    }

    /// <summary>Makes shards of an existing table: four by <paramref name="column"/>, or one when it is null (a reference table).</summary>
    public async Task DistributeAsync(string table, string? column, int colocation = 1)
    {
        var method = column is null ? "n" : "h";
        await ExecuteAsync($"""
            INSERT INTO pg_dist_partition (logicalrelid, partmethod, partkey, colocationid, repmodel) VALUES ('{table}', '{method}',
                (SELECT attnum::text FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attname = '{column}'), {colocation}, '{(column is null ? 't' : 's')}');
            """);
        var shards = column is null ? 1 : 4;
        for (var i = 0; i < shards; i++)
        {
            var id = _nextShard++;
            await ExecuteAsync($"""
                INSERT INTO pg_dist_shard VALUES ('{table}', {id}, 't', {(column is null ? "NULL, NULL" : $"{-2147483648L + (i * 1073741824L)}, {-2147483648L + ((i + 1) * 1073741824L) - 1}")});
                INSERT INTO pg_dist_placement (shardid, groupid) VALUES ({id}, 1);
                CREATE TABLE {table}_{id} (LIKE {table} INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS);
                """);
            foreach (var coordinatorOnly in await QueryAsync(
                $"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND tangelo_default_kind(attrelid, attnum) = 'coordinator'"))
                await ExecuteAsync($"ALTER TABLE {table}_{id} ALTER COLUMN \"{coordinatorOnly[0]}\" DROP DEFAULT");
            foreach (var constraint in await QueryAsync(
                $"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u', 'x')"))
                await ExecuteAsync($"ALTER TABLE {table}_{id} ADD CONSTRAINT \"{constraint[0]}_{id}\" {constraint[1]}");
        }

        await ExecuteAsync($"SELECT tangelo_attach_shell('{table}'::regclass)");
    }

    /// <summary>Plans the statement and runs the plan. A statement that no distributed table is concerned with runs as it is.</summary>
    public async Task RunAsync(string sql)
    {
        OnNodes.Clear();
        switch (await PlanAsync(sql))
        {
            case DdlPlan plan when plan.Transactional:
                await using (var transaction = await _connection.BeginTransactionAsync())
                {
                    await RunAsync(plan);
                    await transaction.CommitAsync();
                }

                break;
            case DdlPlan plan:
                await RunAsync(plan);
                break;
            case null or CoordinatorPlan:
                await ExecuteAsync(sql);
                break;
            default:
                throw new InvalidOperationException("a plan of another kind");
        }
    }

    /// <summary>The plan, after as many probes as it takes.</summary>
    public async Task<Plan?> PlanAsync(string sql)
    {
        var statement = SqlParser.Parse(Encoding.UTF8.GetBytes(sql)).Single();
        var map = await MetadataLoader.LoadAsync(_source, 1);
        var answers = new Dictionary<string, IReadOnlyList<string?[]>>();
        while (true)
        {
            var request = new PlanRequest(statement, map, new Dictionary<RelationName, ResolvedRelation>(), [], [], new FunctionCatalog([]))
            {
                Answers = answers,
            };
            if (!DdlPlanner.TryPlan(request, out var plan))
                return null;
            if (plan is not CatalogProbePlan probe)
                return plan;
            answers.Add(probe.Sql, await QueryAsync(probe.Sql));
        }
    }

    private async Task RunAsync(DdlPlan plan)
    {
        foreach (var sql in plan.Before)
            await ExecuteAsync(sql);
        if (!plan.CoordinatorSql.IsEmpty)
            await ExecuteAsync(Encoding.UTF8.GetString(plan.CoordinatorSql.Span));
        foreach (var sql in plan.After)
            await ExecuteAsync(sql);
        if (plan.NodeScripts is { } scripts)
            OnNodes.AddRange((await QueryAsync(scripts)).Select(r => r[0]!));
        OnNodes.AddRange(plan.Nodes.Select(n => n.Sql));
        foreach (var part in plan.Parts)
        {
            for (var i = 0; i < part.Table.Shards.Length; i++)
                await ExecuteAsync(part.Query.RenderText(i));
        }

        foreach (var sql in plan.AtEnd)
            await ExecuteAsync(sql);
    }
}
