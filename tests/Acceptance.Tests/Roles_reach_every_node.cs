using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Acceptance.Tests;

/// <summary>What a session does on a node it does under its own role, so nodes have the coordinator's roles.</summary>
public sealed class Roles_reach_every_node(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private const string Attributes =
        "SELECT rolname || ' ' || rolcanlogin || ' ' || rolcreatedb || ' ' || ARRAY(SELECT roleid::regrole::text FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1)::text "
        + "FROM pg_roles r WHERE rolname LIKE 'staff%' ORDER BY 1";

    private TestCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task With_their_attributes_and_memberships()
    {
        await ExecuteAsync("CREATE ROLE staff_all", "CREATE ROLE staff_one LOGIN IN ROLE staff_all", "ALTER ROLE staff_one CREATEDB", "CREATE ROLE staff_two", "GRANT staff_all TO staff_two");
        await EverywhereAsync("staff_all false false {}", "staff_one true true {staff_all}", "staff_two false false {staff_all}");
        await ExecuteAsync("REVOKE staff_all FROM staff_two", "ALTER ROLE staff_one RENAME TO staff_first", "ALTER ROLE staff_first NOCREATEDB");
        await EverywhereAsync("staff_all false false {}", "staff_first true false {staff_all}", "staff_two false false {}");
        await ExecuteAsync("DROP ROLE staff_all, staff_first, staff_two");
        await EverywhereAsync();
    }

    [Fact]
    public async Task Or_none_when_the_transaction_is_rolled_back()
    {
        await using (var connection = await Cluster.Router.OpenConnectionAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync();
            await using var create = new NpgsqlCommand("CREATE ROLE staff_gone", connection, transaction);
            await create.ExecuteNonQueryAsync();
            await transaction.RollbackAsync();
        }

        await EverywhereAsync();
    }

    [Fact]
    public async Task Also_one_that_joins_later()
    {
        await ExecuteAsync("CREATE ROLE staff_early LOGIN");
        await ExecuteAsync($"SELECT citus_remove_node('127.0.0.1', {Cluster.WorkerPorts[1]})");
        await Cluster.Nodes[2].ExecuteAsync("DROP ROLE staff_early");
        await ExecuteAsync($"SELECT citus_add_node('127.0.0.1', {Cluster.WorkerPorts[1]})");
        await EverywhereAsync("staff_early true false {}");
        await ExecuteAsync("DROP ROLE staff_early");
    }

    [Fact]
    public async Task One_of_the_same_name_that_comes_again_is_another()
    {
        await ExecuteAsync("CREATE TABLE desks (id int)", "SELECT create_distributed_table('desks', 'id')");
        for (var turn = 0; turn < 2; turn++)
        {
            await ExecuteAsync("CREATE ROLE staff_again LOGIN", "GRANT SELECT, INSERT ON desks TO staff_again");
            var builder = new NpgsqlConnectionStringBuilder(Cluster.ConnectionString) { Username = "staff_again", Pooling = false };
            await using (var again = NpgsqlDataSource.Create(builder))
            {
                Assert.Equal(8, await again.ExecuteAsync("INSERT INTO desks SELECT generate_series(1, 8)"));
                Assert.Equal(8L * (turn + 1), await again.ScalarAsync<long>("SELECT count(*) FROM desks"));
            }

            await ExecuteAsync("REVOKE ALL ON desks FROM staff_again", "DROP ROLE staff_again");
        }

        await ExecuteAsync("DROP TABLE desks");
    }

    [Fact]
    public async Task And_a_client_without_superuser_may_there_what_it_may_here()
    {
        await ExecuteAsync(
            "CREATE ROLE staff_app LOGIN",
            "CREATE TABLE ledger (id int PRIMARY KEY, v text, n serial)",
            "SELECT create_distributed_table('ledger', 'id')",
            "GRANT SELECT, INSERT ON ledger TO staff_app",
            "GRANT USAGE ON SEQUENCE ledger_n_seq TO staff_app");
        var builder = new NpgsqlConnectionStringBuilder(Cluster.ConnectionString) { Username = "staff_app" };
        await using (var app = NpgsqlDataSource.Create(builder))
        {
            Assert.Equal(40, await app.ExecuteAsync("INSERT INTO ledger (id, v) SELECT i, 'x' FROM generate_series(1, 40) i"));
            Assert.Equal(40L, await app.ScalarAsync<long>("SELECT count(*) FROM ledger"));
            var refused = await Assert.ThrowsAsync<PostgresException>(() => app.ExecuteAsync("DELETE FROM ledger WHERE id = 1"));
            Assert.Equal("42501", refused.SqlState);
            Assert.Equal("permission denied for table ledger", refused.MessageText);
        }

        await ExecuteAsync("DROP TABLE ledger", "DROP ROLE staff_app");
    }

    private async Task ExecuteAsync(params string[] statements)
    {
        foreach (var statement in statements)
            await Cluster.Router.ExecuteAsync(statement);
    }

    private async Task EverywhereAsync(params string[] expected)
    {
        foreach (var node in Cluster.Nodes)
            Assert.Equal(expected, await node.ColumnAsync<string>(Attributes));
    }
}
