using System.Text.RegularExpressions;
using Npgsql;
using Tangelo.Catalog.Introspection;
using Xunit;

namespace Tangelo.Catalog.Tests.Introspection;

public sealed partial class CatalogFiltersTests(CoordinatorFixture databases) : IClassFixture<CoordinatorFixture>
{
    [Theory]
    [InlineData(@"\d")]
    [InlineData(@"\d+")]
    [InlineData(@"\d+ users")]
    [InlineData(@"\d+ orders")]
    [InlineData(@"\d users_name")]
    [InlineData(@"\d+ orders_id_seq")]
    [InlineData(@"\d+ parent")]
    [InlineData(@"\d+ parted")]
    [InlineData(@"\d+ app.*")]
    [InlineData(@"\dt+")]
    [InlineData(@"\dt *.user*")]
    [InlineData(@"\di+")]
    [InlineData(@"\ds")]
    [InlineData(@"\dv *.glad")]
    [InlineData(@"\dm *.*")]
    [InlineData(@"\dn+")]
    [InlineData(@"\df")]
    [InlineData(@"\dT+")]
    [InlineData(@"\dD")]
    [InlineData(@"\dE")]
    [InlineData(@"\det *.*")]
    [InlineData(@"\des+")]
    [InlineData(@"\deu+")]
    [InlineData(@"\dew+")]
    [InlineData(@"\dy")]
    [InlineData(@"\dp")]
    [InlineData(@"\ddp")]
    [InlineData(@"\dC")]
    [InlineData(@"\dd")]
    [InlineData(@"\dX")]
    [InlineData(@"\dRp+")]
    [InlineData(@"\dP+")]
    [InlineData(@"\dO")]
    [InlineData(@"\dL")]
    [InlineData(@"\sv app.glad")]
    [InlineData("SELECT relname, relhastriggers, relhassubclass FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")]
    [InlineData("SELECT * FROM pg_tables WHERE schemaname <> 'pg_catalog' ORDER BY 1, 2")]
    [InlineData("SELECT * FROM pg_indexes WHERE schemaname <> 'pg_catalog' ORDER BY 1, 2, 3")]
    [InlineData("SELECT * FROM pg_publication_tables")]
    [InlineData("SELECT schemaname, relname, n_tup_ins FROM pg_stat_user_tables ORDER BY 1, 2")]
    [InlineData("SELECT schemaname, tablename, attname FROM pg_stats WHERE schemaname <> 'pg_catalog' ORDER BY 1, 2, 3")]
    [InlineData("SELECT inhrelid::regclass, inhparent::regclass FROM pg_inherits ORDER BY 1::text, 2::text")]
    [InlineData("SELECT tableoid::regclass, extname FROM pg_extension WHERE extname <> 'citus'")]
    [InlineData("SELECT xmin <> '0', relname FROM pg_class WHERE relname LIKE 'users%' ORDER BY 2")]
    [InlineData("SELECT name, installed_version FROM pg_available_extensions WHERE name = 'postgres_fdw'")]
    public async Task A_cluster_looks_like_a_plain_database(string command)
    {
        var expected = await databases.PsqlAsync(CoordinatorFixture.Plain, command);
        Assert.Equal(expected, await databases.PsqlAsync(CoordinatorFixture.Cluster, command));
    }

    [Theory]
    [InlineData("--schema-only")]
    [InlineData("--no-comments")]
    [InlineData("--inserts")]
    public async Task A_dump_of_a_cluster_is_that_of_a_plain_database(string option)
    {
        var expected = await databases.PgDumpAsync(CoordinatorFixture.Plain, option);
        var actual = await databases.PgDumpAsync(CoordinatorFixture.Cluster, option);
        Assert.Equal(RandomKey().Replace(expected, ""), RandomKey().Replace(actual, ""));
    }

    public static TheoryData<string> InformationSchemaViews => [.. CatalogFilters.Relations.Where(r => r.Schema == "information_schema").Select(r => r.Relation)];

    [Theory]
    [MemberData(nameof(InformationSchemaViews))]
    public async Task Views_of_information_schema_show_nothing_of_Tangelos(string view)
    {
        foreach (var user in new[] { "postgres", "introspected" })
        {
            if (user != "postgres" && (view.StartsWith('_') || view == "transforms"))
                continue;
            var plain = await RowsAsync(CoordinatorFixture.Plain, view, user);
            var cluster = await RowsAsync(CoordinatorFixture.Cluster, view, user);
            Assert.Empty(plain.Except(cluster));
            Assert.DoesNotContain(cluster.Except(plain), row => Hidden().IsMatch(row));
            Assert.DoesNotContain(cluster.Except(plain), row => !row.Contains("pg_catalog"));
        }
    }

    [Theory]
    [InlineData(@"\df *.t*")]
    [InlineData(@"\df+ pg_catalog.tangelo*")]
    [InlineData(@"\dt+ *.t*")]
    [InlineData(@"\dS")]
    [InlineData(@"\dT *.*")]
    [InlineData(@"\dy")]
    [InlineData(@"\des")]
    public async Task Lists_over_all_schemas_show_nothing_of_Tangelos(string command) =>
        Assert.DoesNotContain("tangelo", await databases.PsqlAsync(CoordinatorFixture.Cluster, command));

    [Fact]
    public async Task The_extension_citus_shows_once_it_was_created_and_is_not_dumped()
    {
        Assert.DoesNotContain("citus", await databases.PsqlAsync(CoordinatorFixture.Cluster, @"\dx"));
        await databases.ExecuteAsync(CoordinatorFixture.Cluster, "SELECT tangelo_create_extension(false)");
        Assert.Contains("13.2-1", await databases.PsqlAsync(CoordinatorFixture.Cluster, "SELECT extversion FROM pg_extension WHERE extname = 'citus'"));
        Assert.Contains("citus|13.2-1|pg_catalog|Citus distributed database", await databases.PsqlAsync(CoordinatorFixture.Cluster, @"\dx"));
        var members = await databases.PsqlAsync(CoordinatorFixture.Cluster, @"\dx+ citus");
        Assert.Contains("table pg_dist_partition", members);
        Assert.Contains("type noderole", members);
        Assert.DoesNotContain("tangelo", members);
        Assert.DoesNotContain("citus", await databases.PgDumpAsync(CoordinatorFixture.Cluster));
    }

    [Fact]
    public async Task Metadata_tables_can_be_described_by_name()
    {
        var description = await databases.PsqlAsync(CoordinatorFixture.Cluster, @"\d pg_dist_node");
        Assert.Contains("nodename", description);
        Assert.DoesNotContain("tangelo", description.Replace("tangelo_metadata_changed", ""));
    }

    [Fact]
    public async Task The_views_and_their_columns_are_those_of_the_catalogs()
    {
        await using var connection = new NpgsqlConnection(databases.ConnectionString(CoordinatorFixture.Cluster));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            SELECT n.nspname::text, c.relname::text,
                (SELECT string_agg(format('%s %s', attname, atttypid::regtype), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0),
                (SELECT string_agg(format('%s %s', attname, atttypid::regtype), ',' ORDER BY attnum) FROM pg_attribute WHERE attrelid = v.oid AND attnum > 0),
                (SELECT array_agg(r.rolname::text ORDER BY 1) FROM pg_roles r WHERE has_table_privilege(r.oid, c.oid, 'SELECT')),
                (SELECT array_agg(r.rolname::text ORDER BY 1) FROM pg_roles r WHERE has_table_privilege(r.oid, v.oid, 'SELECT')),
                pg_get_function_result(p.oid)
            FROM pg_class v JOIN pg_class c ON c.relname = v.relname AND c.oid < 16384 JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_proc p ON p.proname = v.relname AND p.pronamespace = v.relnamespace
            WHERE v.relnamespace = 'pg_tangelo'::regnamespace
            """, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var found = new HashSet<(string, string)>();
        while (await reader.ReadAsync())
        {
            found.Add((reader.GetString(0), reader.GetString(1)));
            Assert.Equal(reader.GetString(2), reader.GetString(3));
            Assert.Equal(CatalogFilters.SubqueryFor(reader.GetString(0), reader.GetString(1), false)!.EndsWith(')'), !reader.IsDBNull(6));
            Assert.Equal(reader.GetFieldValue<string[]>(4), reader.GetFieldValue<string[]>(5));
        }

        Assert.Equal(found.Order(), CatalogFilters.Relations.Order());
    }

    [Theory]
    [InlineData("pg_catalog", "pg_am")]
    [InlineData("public", "pg_class")]
    [InlineData("information_schema", "pg_class")]
    [InlineData("pg_catalog", "tables")]
    public void Other_relations_need_no_filter(string schema, string relation) =>
        Assert.Null(CatalogFilters.SubqueryFor(schema, relation, withTableOid: false));

    private async Task<HashSet<string>> RowsAsync(string database, string view, string user)
    {
        var rows = await databases.PsqlAsync(database, $"SELECT {Columns(view)} FROM information_schema.{view}", user);
        return [.. rows.Split('\n')[1..^2].Select(r => Oids().Replace(r.Replace(CoordinatorFixture.Cluster, CoordinatorFixture.Plain), "N"))];
    }

    /// <summary>The bodies of pg_catalog's functions and views may name what is hidden.</summary>
    private static string Columns(string view) => view switch
    {
        "routines" => "routine_catalog, routine_schema, routine_name, data_type",
        "views" => "table_catalog, table_schema, table_name, is_updatable, CASE WHEN table_schema <> 'pg_catalog' THEN view_definition END",
        _ => "*",
    };

    [GeneratedRegex("tangelo|postgres_fdw|_1020[01]|\\|citus\\|")]
    private static partial Regex Hidden();

    [GeneratedRegex("restrict \\w+")]
    private static partial Regex RandomKey();

    [GeneratedRegex("\\d{5,}")]
    private static partial Regex Oids();
}
