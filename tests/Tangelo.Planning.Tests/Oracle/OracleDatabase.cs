using System.Collections.Immutable;
using System.Text;
using Npgsql;
using Tangelo.Catalog;
using Tangelo.Catalog.Hashing;
using Tangelo.Catalog.Model;
using Tangelo.Core;
using Tangelo.Planning.Plans;
using Tangelo.Sql.Parsing;
using Tangelo.Sql.Relations;

namespace Tangelo.Planning.Tests.Oracle;

/// <summary>
/// One PostgreSQL database with whole tables and, beside them, the same rows in shards. The whole tables answer what is right; a plan must
/// answer the same from the shards.
/// </summary>
public sealed class OracleDatabase : IAsyncLifetime
{
    private const int ShardCount = 4;

    private readonly PostgresServer _server = new();
    private int _nextShard = 102008;

    internal NpgsqlConnection Connection { get; private set; } = null!;

    internal ClusterMap Map { get; private set; } = ClusterMap.Empty;

    internal FunctionCatalog Functions { get; private set; } = new([]);

    public async Task InitializeAsync()
    {
        await _server.StartAsync();
        Connection = new NpgsqlConnection(_server.ConnectionString);
        await Connection.OpenAsync();
        await ExecuteAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Oracle", "tables.sql")));
        foreach (var file in new[] { "R47_views.sql", "R48_aggregates.sql" })
        {
            var sql = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Oracle", file));
            await ExecuteAsync($"SET allow_system_table_mods = on; SET check_function_bodies = off; SET search_path = pg_catalog; {sql}; RESET ALL");
        }

        Map = new ClusterMap(
            1,
            [],
            [
                await SplitAsync("users", "id", 1),
                await SplitAsync("orders", "user_id", 1),
                await SplitAsync("items", "user_id", 1),
                await SplitAsync("logs", "key", 2),
                await SplitAsync("accounts", "id", 3),
                await SplitAsync("countries", null, 4),
                await SplitAsync("levels", null, 4),
            ]);
        var facts = await RowsAsync(
            """
            SELECT proname, max(CASE provolatile WHEN 'v' THEN 3 WHEN 's' THEN 2 ELSE 1 END), bool_or(prokind = 'a'), bool_or(prokind = 'w'), bool_or(proretset)
            FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace GROUP BY 1
            """);
        Functions = new FunctionCatalog(facts.Select(f => new FunctionFacts(
            f[0]!, f[1] switch { "3" => 'v', "2" => 's', _ => 'i' }, f[2] == "t", f[3] == "t", f[4] == "t")));
    }

    public async Task DisposeAsync()
    {
        await Connection.DisposeAsync();
        await _server.StopAsync();
    }

    /// <summary>Plans as a session would: with the statement described over the whole tables and every name resolved.</summary>
    internal Task<Plan> PlanAsync(string sql, params uint[] parameterTypes) => PlanAsync(sql, null, parameterTypes);

    /// <summary>The same when the planner thinks that every table has so many rows.</summary>
    internal async Task<Plan> PlanAsync(string sql, double? rows, params uint[] parameterTypes)
    {
        var statement = SqlParser.Parse(Encoding.UTF8.GetBytes(sql)).Single();
        var relations = new Dictionary<RelationName, ResolvedRelation>();
        foreach (var reference in RelationReferences.Collect(statement.Tree))
        {
            var found = await RowsAsync(
                $"SELECT c.oid, relkind, nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE c.oid = to_regclass('{(reference.Schema.Length > 0 ? reference.Schema + "." : "")}{reference.Name}')");
            if (found.Count == 1)
            {
                relations[new RelationName(reference.Schema, reference.Name)] = new ResolvedRelation(
                    new Oid(uint.Parse(found[0][0]!)), found[0][1]![0], found[0][2]!, found[0][3]!, ReachesDistributed: found[0][1] == "v")
                {
                    Columns = [.. (await RowsAsync(
                        $"SELECT attname, atttypid, CASE WHEN attcollation <> typcollation THEN 'its own' END FROM pg_attribute JOIN pg_type t ON t.oid = atttypid WHERE attrelid = {found[0][0]} AND attnum > 0 ORDER BY attnum"))
                        .Select(c => new RelationColumn(c[0]!, new Oid(uint.Parse(c[1]!)), c[2]))],
                };
            }
        }

        var request = new PlanRequest(
            statement, Map, relations, [.. parameterTypes.Select(t => new Oid(t))], await DescribeAsync(sql, parameterTypes.Length), Functions)
        {
            Statistics = rows is { } known ? Map.Tables.ToDictionary(t => t.Relation, _ => new TableStatistics(known, new Dictionary<string, double>())) : null,
        };
        while (DistributedPlanner.Plan(request) is var plan)
        {
            if (plan is not CatalogProbePlan probe)
                return plan;
            request = request with { Answers = new Dictionary<string, IReadOnlyList<string?[]>>(request.Answers) { [probe.Sql] = await RowsAsync(probe.Sql) } };
        }

        throw new InvalidOperationException("no plan");
    }

    internal async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Connection);
        await command.ExecuteNonQueryAsync();
    }

    internal async Task<List<string?[]>> RowsAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Connection) { AllResultTypesAreUnknown = true };
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string?[]>();
        while (await reader.ReadAsync())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetString(i))]);
        return rows;
    }

    /// <summary>The types of a query's columns, as SQL writes them.</summary>
    internal async Task<List<(string Name, uint Type)>> ColumnsAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, Connection);
        await using var reader = await command.ExecuteReaderAsync(System.Data.CommandBehavior.SchemaOnly);
        return [.. (await reader.GetColumnSchemaAsync()).Cast<Npgsql.Schema.NpgsqlDbColumn>().Select(c => (c.ColumnName, c.TypeOID))];
    }

    private async Task<ImmutableArray<ResultColumn>> DescribeAsync(string sql, int parameters)
    {
        if (parameters > 0 || !sql.TrimStart().StartsWith("SELECT", StringComparison.OrdinalIgnoreCase)
            && !sql.TrimStart().StartsWith("WITH", StringComparison.OrdinalIgnoreCase))
            return [];
        return [.. (await ColumnsAsync(sql)).Select(c => new ResultColumn(c.Name, new Oid(0), 0, new Oid(c.Type), 0, -1))];
    }

    private async Task<DistributedTable> SplitAsync(string table, string? key, int colocation)
    {
        var columns = (await RowsAsync(
            $"""
            SELECT attname, attnum, atttypid, atttypmod, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid),
                   CASE WHEN attcollation <> typcollation THEN quote_ident(collname) END
            FROM pg_attribute JOIN pg_type t ON t.oid = atttypid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                 LEFT JOIN pg_collation c ON c.oid = attcollation
            WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum
            """))
            .Select(c => new TableColumn(
                c[0]!, short.Parse(c[1]!), new Oid(uint.Parse(c[2]!)), int.Parse(c[3]!), c[4]!, c[5] == "t", c[6],
                c[6] is null ? ColumnDefaultKind.None : c[6]!.Contains("nextval") ? ColumnDefaultKind.OnCoordinator : ColumnDefaultKind.OnShard)
            {
                Collation = c[7],
            })
            .ToImmutableArray();
        var keyColumn = columns.FirstOrDefault(c => c.Name == key);
        var ring = ShardRing.Cut(ShardCount);
        var shards = ImmutableArray.CreateBuilder<Shard>();
        for (var i = 0; i < (key is null ? 1 : ShardCount); i++)
        {
            var id = _nextShard++;
            await ExecuteAsync($"CREATE TABLE {table}_{id} (LIKE {table} INCLUDING DEFAULTS)");
            foreach (var column in columns.Where(c => c.DefaultKind == ColumnDefaultKind.OnCoordinator))
                await ExecuteAsync($"ALTER TABLE {table}_{id} ALTER {column.Name} DROP DEFAULT");
            foreach (var constraint in await RowsAsync(
                $"SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype IN ('p', 'u')"))
                await ExecuteAsync($"ALTER TABLE {table}_{id} ADD CONSTRAINT {constraint[0]}_{id} {constraint[1]}");
            var where = key is null ? "true" : $"{HashOf(keyColumn!)} BETWEEN {ring[i].Min} AND {ring[i].Max}";
            await ExecuteAsync($"INSERT INTO {table}_{id} SELECT * FROM {table} WHERE {where}");
            shards.Add(new Shard(new ShardId(id), key is null ? null : ring[i].Min, key is null ? null : ring[i].Max, null, null, [new GroupId(1)]));
        }

        return new DistributedTable(
            new Oid(uint.Parse((await RowsAsync($"SELECT '{table}'::regclass::oid"))[0][0]!)), "public", table,
            key is null ? DistributionMethod.Reference : DistributionMethod.Hash, keyColumn, new ColocationId(colocation), columns, shards.ToImmutable());
    }

    internal static string HashOf(TableColumn key) => key.TypeName switch
    {
        "integer" => $"hashint4({key.Name})",
        "bigint" => $"hashint8({key.Name})",
        _ => $"hashtext({key.Name})",
    };
}
