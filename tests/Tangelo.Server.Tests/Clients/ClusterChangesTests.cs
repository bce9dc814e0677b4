using Npgsql;
using Tangelo.Harness;

namespace Tangelo.Server.Tests.Clients;

/// <summary>What a router has not been told of yet: shards that are elsewhere, connections that have ended in the pool.</summary>
[Collection(ServersCollection.Name)]
public sealed class ClusterChangesTests(Servers servers)
{
    private NpgsqlDataSource Router => servers.Cluster.Router;

    [Theory]
    [InlineData("SELECT v FROM moved WHERE id = $1")]
    [InlineData("UPDATE moved SET v = v WHERE id = $1 RETURNING v")]
    [InlineData("SELECT max(v) FROM moved WHERE id >= $1")]
    public async Task A_shard_that_is_elsewhere_is_found_by_the_extended_protocol(string sql)
    {
        await Router.ExecuteAsync("DROP TABLE IF EXISTS moved; CREATE TABLE moved (id int PRIMARY KEY, v int)");
        await Router.ExecuteAsync("SELECT create_distributed_table('moved', 'id')");
        await Router.ExecuteAsync("INSERT INTO moved SELECT i, i FROM generate_series(1, 100) i");
        await using var session = await Router.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(sql, session) { Parameters = { new() { Value = 100 } } };
        await command.PrepareAsync();
        Assert.Equal(100, await command.ExecuteScalarAsync());
        await RenumberShardsAsync("moved");
        Assert.Equal(100, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_connection_that_has_just_ended_in_the_pool_does_not_fail_a_statement()
    {
        await Router.ExecuteAsync("DROP TABLE IF EXISTS pooled; CREATE TABLE pooled (id int PRIMARY KEY, v int)");
        await Router.ExecuteAsync("SELECT create_distributed_table('pooled', 'id')");
        await using var session = await Router.OpenConnectionAsync();
        foreach (var sql in new[]
        {
            "SELECT count(*) FROM pooled", "SELECT v FROM pooled WHERE id = 1", "INSERT INTO pooled VALUES (1, 1) ON CONFLICT DO NOTHING",
            "UPDATE pooled SET v = v + 1", "BEGIN; SELECT count(*) FROM pooled; COMMIT",
        })
        {
            for (var i = 0; i < 5; i++)
            {
                await using (var command = new NpgsqlCommand("SELECT count(*) FROM pooled", session))
                    await command.ExecuteScalarAsync();
                foreach (var worker in servers.Cluster.Nodes.Skip(1))
                    await worker.ExecuteAsync("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = 'tangelo' AND state = 'idle'");
                await using var again = new NpgsqlCommand(sql, session);
                await again.ExecuteNonQueryAsync();
            }
        }
    }

    // As another router would, but without the NOTIFY.
    private async Task RenumberShardsAsync(string table)
    {
        const int More = 500000;
        foreach (var worker in servers.Cluster.Nodes.Skip(1))
        {
            await worker.ExecuteAsync($"""
                DO $$ DECLARE s text; BEGIN
                    FOR s IN SELECT relname FROM pg_class WHERE relname ~ '^{table}_[0-9]+$' AND relkind = 'r' LOOP
                        EXECUTE format('ALTER TABLE %I RENAME TO %I', s, '{table}_' || (split_part(s, '_', 2)::int + {More}));
                    END LOOP;
                END $$
                """);
        }

        await servers.Cluster.Nodes[0].ExecuteAsync($"""
            BEGIN;
            SET LOCAL allow_system_table_mods = on;
            ALTER TABLE pg_dist_shard DISABLE TRIGGER tangelo_metadata_changed;
            ALTER TABLE pg_dist_placement DISABLE TRIGGER tangelo_metadata_changed;
            UPDATE pg_dist_placement SET shardid = shardid + {More} WHERE shardid IN (SELECT shardid FROM pg_dist_shard WHERE logicalrelid = '{table}'::regclass);
            UPDATE pg_dist_shard SET shardid = shardid + {More} WHERE logicalrelid = '{table}'::regclass;
            ALTER TABLE pg_dist_shard ENABLE ALWAYS TRIGGER tangelo_metadata_changed;
            ALTER TABLE pg_dist_placement ENABLE ALWAYS TRIGGER tangelo_metadata_changed;
            COMMIT
            """);
    }
}
