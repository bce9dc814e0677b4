using Npgsql;
using Tangelo.Harness;
using Tangelo.Harness.Wire;

namespace Tangelo.Acceptance.Tests;

/// <summary>A router that lends few backends of the coordinator to many clients.</summary>
public sealed class FewLinksFixture : ClusterFixture
{
    protected override TestClusterOptions Options => new() { RouterArguments = ["--coordinator-connections", "20", "--max-clients", "700"] };
}

/// <summary>Many clients on few links: whatever a session has set, prepared, locked or made is its own, on whatever link it runs.</summary>
public sealed class Sessions_share_links(FewLinksFixture fixture) : IClassFixture<FewLinksFixture>
{
    private const int Clients = 300;

    private NpgsqlDataSource Plain => fixture.Cluster.Nodes[0];

    [Fact]
    public async Task What_a_session_sets_and_prepares_is_its_own_on_every_link()
    {
        await using (var admin = await OpenAsync())
        {
            await admin.ExecuteAsync("CREATE TABLE shared (id int PRIMARY KEY, owner text); SELECT create_distributed_table('shared', 'id')");
            await admin.ExecuteAsync("CREATE TABLE shared_local (id int, owner text)");
            for (var i = 0; i < 3; i++)
                await admin.ExecuteAsync($"CREATE SCHEMA tenant{i}; CREATE TABLE tenant{i}.whose AS SELECT {i} AS tenant; CREATE ROLE tenant{i}; GRANT USAGE ON SCHEMA tenant{i} TO tenant{i}; GRANT SELECT ON tenant{i}.whose TO tenant{i}");
            await admin.ExecuteAsync("CREATE FUNCTION owned_by(text) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM shared WHERE owner = $1); END'");
        }

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(i => Task.Run(() => WorkAsync(i))));
        await using var reader = await OpenAsync();
        Assert.Equal(2L * Clients, await ScalarAsync(reader, "SELECT count(*) FROM shared"));
        Assert.Equal(2L * Clients, await ScalarAsync(reader, "SELECT count(*) FROM shared_local"));
        Assert.Equal(0L, await ScalarAsync(reader, "SELECT count(*) FROM shared a LEFT JOIN shared_local b USING (id) WHERE a.owner IS DISTINCT FROM b.owner"));
    }

    [Fact]
    public async Task What_cannot_be_made_again_keeps_the_link_until_it_is_gone()
    {
        (string Make, string Ask, object Answer, string Reason, string End)[] states =
        [
            ("CREATE TEMP TABLE mine AS SELECT 42 AS v", "SELECT v FROM mine", 42, "temporary objects", "DROP TABLE mine"),
            ("SELECT pg_advisory_lock(4711)", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND pid = pg_backend_pid()", 1L, "advisory locks", "SELECT pg_advisory_unlock(4711); DISCARD ALL"),
            ("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT generate_series(7, 9); COMMIT", "FETCH c", 7, "cursors with hold", "CLOSE c"),
            ("PREPARE p AS SELECT 43", "EXECUTE p", 43, "prepared statements", "DEALLOCATE p"),
            ("LISTEN here", "SELECT count(*) FROM pg_listening_channels()", 1L, "listen", "UNLISTEN here"),
            ("CREATE TEMP SEQUENCE s; SELECT setval('s', 5)", "SELECT currval('s')", 5L, "sequences", "DISCARD ALL"),
            ("SELECT setseed(0.5)", "SELECT random() <> 2", true, "unknown state", "DISCARD ALL"),
        ];
        foreach (var (make, ask, answer, reason, end) in states)
        {
            await using var session = await OpenAsync();
            await session.ExecuteAsync(make);
            await ScrambleAsync();
            await UntilAsync(async () => (await ReasonsAsync()).Contains(reason), reason);
            Assert.Equal(answer, await ScalarAsync(session, ask));
            foreach (var statement in end.Split("; "))
                await session.ExecuteAsync(statement);
            await UntilAsync(async () => (await ReasonsAsync()).Length == 0, $"the end of {reason}");
        }
    }

    [Fact]
    public async Task Advisory_locks_keep_the_link_however_they_were_taken()
    {
        // The objects are dropped again: while they are there every session of the database is asked for its locks.
        (string Make, string[] Lock, string Drop)[] ways =
        [
            ("SELECT 1", ["SELECT pg_try_advisory_lock_shared(4712)", "SELECT pg_advisory_unlock_shared(4712), pg_advisory_lock(4712)"], "SELECT 1"),
            ("SELECT 1", ["PREPARE p AS SELECT pg_advisory_lock(4712)", "SELECT 1", "EXECUTE p", "DEALLOCATE p"], "SELECT 1"),
            ("SELECT 1", ["DO $$ BEGIN EXECUTE 'SELECT pg_advi' || 'sory_lock(4712)'; END $$"], "SELECT 1"),
            ("SELECT 1", ["SELECT query_to_xml('SELECT pg_advi' || 'sory_lock(4712)', false, false, '')"], "SELECT 1"),
            ("CREATE FUNCTION locks_it() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT pg_advi' || 'sory_lock(4712)'; END $$", ["SELECT locks_it()"], "DROP FUNCTION locks_it()"),
            ("CREATE FUNCTION locks_it() RETURNS void LANGUAGE sql RETURN pg_advisory_lock(4712)", ["SELECT locks_it()"], "DROP FUNCTION locks_it()"),
            ("CREATE VIEW locking AS SELECT pg_try_advisory_lock(4712) AS done", ["SELECT * FROM locking"], "DROP VIEW locking"),
            ("CREATE OPERATOR ### (FUNCTION = pg_try_advisory_lock, LEFTARG = int, RIGHTARG = int)", ["SELECT 0 ### 4712"], "DROP OPERATOR ### (int, int)"),
            ("CREATE TABLE locking (id int, done bool DEFAULT pg_try_advisory_lock(4712))", ["INSERT INTO locking VALUES (1)"], "DROP TABLE locking"),
        ];
        await using var admin = await OpenAsync();
        foreach (var (make, take, drop) in ways)
        {
            await admin.ExecuteAsync(make);
            await using (var session = await OpenAsync())
            {
                foreach (var statement in take)
                    await session.ExecuteAsync(statement);
                await ScrambleAsync();
                Assert.Contains("advisory locks", await ReasonsAsync());
                Assert.Equal(true, await ScalarAsync(session, "SELECT pg_advisory_unlock(4712) OR pg_advisory_unlock(0, 4712)"));
                await ScrambleAsync();
                await UntilAsync(async () => !(await ReasonsAsync()).Contains("advisory locks"), "the end of the pin");
            }

            await admin.ExecuteAsync(drop);
            Assert.Equal(0L, await Plain.ScalarAsync<long>("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 4712"));
        }
    }

    [Fact]
    public async Task A_session_that_knows_its_process_id_keeps_that_process()
    {
        await using var session = await OpenAsync();
        var pid = await ScalarAsync(session, "SELECT pg_backend_pid()");
        await ScrambleAsync();
        Assert.Equal(pid, await ScalarAsync(session, "SELECT pg_backend_pid()"));
        Assert.Equal(pid, await ScalarAsync(session, "SELECT pid FROM pg_stat_activity WHERE pid = pg_backend_pid()"));
    }

    [Fact]
    public async Task A_session_that_asks_for_the_value_of_a_sequence_gets_it()
    {
        await using var session = await OpenAsync();
        await session.ExecuteAsync("CREATE TABLE numbered (id serial, v int)");

        // From here on the router knows that clients ask.
        await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(session, "SELECT lastval()"));
        await using var other = await OpenAsync();
        await other.ExecuteAsync("INSERT INTO numbered (v) VALUES (1), (2), (3)");
        await ScrambleAsync();
        Assert.Equal(3L, await ScalarAsync(other, "SELECT lastval()"));
        Assert.Equal("55000", (await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(session, "SELECT currval('numbered_id_seq')"))).SqlState);
    }

    [Fact]
    public async Task What_one_client_has_asked_of_sequences_every_router_knows_from_then_on()
    {
        await using (var session = await OpenAsync())
        {
            await session.ExecuteAsync("CREATE TABLE counted (id serial, v int)");
            await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(session, "SELECT lastval()"));
        }

        await UntilAsync(async () => await Plain.ScalarAsync<long>("SELECT count(*) FROM tangelo_sequence_reads") == 1, "the note");
        await using var router = await fixture.Cluster.AddRouterAsync("--coordinator-connections", "3");
        await using var one = new NpgsqlConnection(router.DataSource.ConnectionString + ";Pooling=false");
        await one.OpenAsync();
        await one.ExecuteAsync("INSERT INTO counted (v) VALUES (1), (2), (3)");
        for (var i = 0; i < 10; i++)
        {
            await using var other = new NpgsqlConnection(router.DataSource.ConnectionString + ";Pooling=false");
            await other.OpenAsync();
            await other.ExecuteAsync("SELECT FROM pg_class LIMIT 1");
        }

        Assert.Equal(3L, await ScalarAsync(one, "SELECT lastval()"));
    }

    [Fact]
    public async Task A_prepared_statement_gives_the_rows_it_was_prepared_for_or_says_that_it_cannot()
    {
        await using var admin = await OpenAsync();
        await admin.ExecuteAsync("CREATE TABLE widening (a int); INSERT INTO widening VALUES (1)");
        await using var before = await WireSession.OpenAsync(new ServerAddress("127.0.0.1", fixture.Cluster.Port), default);
        await using var after = await WireSession.OpenAsync(new ServerAddress("127.0.0.1", fixture.Cluster.Port), default);
        var prepare = new FrontendBuffer().Parse("w1", "SELECT * FROM widening").Sync();
        var execute = new FrontendBuffer().Bind("w1", [], 0).Execute(0).Sync();
        await before.RunAsync(prepare, null, default);
        await before.RunAsync(execute, null, default);
        await ScrambleAsync(40);
        await admin.ExecuteAsync("ALTER TABLE widening ADD COLUMN b int DEFAULT 2");
        await after.RunAsync(prepare, null, default);
        for (var i = 0; i < 5; i++)
        {
            await ScrambleAsync(40);
            Assert.Equal("cached plan must not change result type", (await before.RunAsync(execute, null, default)).FirstError?.Message);
            Assert.Null((await after.RunAsync(execute, null, default)).FirstError);
        }
    }

    [Fact]
    public async Task Custom_settings_that_functions_make_go_along_and_never_to_others()
    {
        await using var session = await OpenAsync();
        await session.ExecuteAsync("CREATE FUNCTION become(text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM set_config('app.tenant', $1, false); END $$");
        await session.ExecuteAsync("SELECT become('seven')");
        await ScrambleAsync();
        Assert.Equal("seven", await ScalarAsync(session, "SELECT current_setting('app.tenant')"));
        for (var i = 0; i < 30; i++)
        {
            await using var other = await OpenAsync();
            Assert.Equal(DBNull.Value, await ScalarAsync(other, "SELECT current_setting('app.tenant', true)"));
        }
    }

    [Fact]
    public async Task Who_waits_for_a_link_gets_it_when_a_transaction_ends_or_is_cancelled()
    {
        var holders = new List<NpgsqlConnection>();
        for (var i = 0; i < 19; i++)
            holders.Add(await OpenAsync());
        await using var waiter = await OpenAsync();
        await using var last = await OpenAsync();
        foreach (var holder in holders.Append(last))
            await holder.ExecuteAsync("BEGIN; SELECT 1 FROM pg_class LIMIT 1");
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1)))
        {
            var command = new NpgsqlCommand("SELECT count(*) FROM pg_class", waiter);
            var refused = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteScalarAsync(limit.Token));
            Assert.Equal("57014", ((PostgresException)refused.InnerException!).SqlState);
        }

        var waiting = ScalarAsync(waiter, "SELECT 5");
        await Task.Delay(200);
        Assert.False(waiting.IsCompleted);
        await last.ExecuteAsync("COMMIT");
        Assert.Equal(5, await waiting);
        foreach (var holder in holders)
            await holder.DisposeAsync();
    }

    [Fact]
    public async Task A_time_limit_ends_the_wait_for_a_link_but_not_of_what_may_lift_it()
    {
        await using var waiter = await OpenAsync();
        await waiter.ExecuteAsync("SET statement_timeout = '300ms'");
        var holders = new List<NpgsqlConnection>();
        for (var i = 0; i < 20; i++)
        {
            holders.Add(await OpenAsync());
            await holders[i].ExecuteAsync("BEGIN; SELECT 1 FROM pg_class LIMIT 1");
        }

        var late = await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(waiter, "SELECT count(*) FROM pg_class"));
        Assert.Equal(("57014", "canceling statement due to statement timeout"), (late.SqlState, late.MessageText));
        var lifting = waiter.ExecuteAsync("/* now */ reset statement_timeout");
        await Task.Delay(700);
        Assert.False(lifting.IsCompleted);
        await holders[0].ExecuteAsync("COMMIT");
        await lifting;
        Assert.Equal("0", await ScalarAsync(waiter, "SHOW statement_timeout"));
        foreach (var holder in holders)
            await holder.DisposeAsync();
    }

    [Fact]
    public async Task A_client_that_leaves_in_a_transaction_leaves_nothing_behind()
    {
        await using var admin = await OpenAsync();
        await admin.ExecuteAsync("CREATE TABLE left_over (id int PRIMARY KEY); SELECT create_distributed_table('left_over', 'id'); CREATE TABLE left_local (id int)");
        for (var i = 0; i < 40; i++)
        {
            await using var leaver = await OpenAsync();
            await leaver.ExecuteAsync($"BEGIN; SET application_name = 'leaver'; INSERT INTO left_over VALUES ({i}); INSERT INTO left_local VALUES ({i})");
        }

        Assert.Equal(0L, await ScalarAsync(admin, "SELECT count(*) FROM left_over"));
        Assert.Equal(0L, await ScalarAsync(admin, "SELECT count(*) FROM left_local"));
        await UntilAsync(async () => await Plain.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'leaver'") == 0, "the end of their backends");
    }

    [Fact]
    public async Task The_client_beyond_the_limit_is_refused()
    {
        await using var router = await fixture.Cluster.AddRouterAsync("--max-clients", "2");
        await using var one = await router.DataSource.OpenConnectionAsync();
        await using var two = await router.DataSource.OpenConnectionAsync();
        Assert.Equal("53300", (await Assert.ThrowsAsync<PostgresException>(async () => await router.DataSource.OpenConnectionAsync())).SqlState);
    }

    private async Task WorkAsync(int number)
    {
        var me = $"client {number}";
        var tenant = number % 3;
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync($"SET app.owner = '{me}'; SET TimeZone = 'Etc/GMT+{number % 12}'; SET search_path = tenant{tenant}, public");

        // All of them have a statement of the same name, with another text.
        await using var prepared = new NpgsqlCommand($"SELECT '{me}' || $1::text || tenant FROM whose", connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = " has " } } };
        await prepared.PrepareAsync();
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal($"{me} has {tenant}", await prepared.ExecuteScalarAsync());
            Assert.Equal($"{me}|Etc/GMT+{number % 12}|postgres|{tenant}", await ScalarAsync(
                connection, "SELECT concat_ws('|', current_setting('app.owner'), current_setting('TimeZone'), current_user, (SELECT tenant FROM whose))"));
            if (i == 2)
                Assert.Equal("22012", (await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connection, "SELECT 1/0"))).SqlState);
            if (i is 1 or 4)
            {
                await using var transaction = await connection.BeginTransactionAsync();
                await connection.ExecuteAsync($"INSERT INTO shared VALUES ({number * 10 + i}, '{me}')");
                await connection.ExecuteAsync($"INSERT INTO shared_local VALUES ({number * 10 + i}, '{me}')");

                // The function reads over the connection that this backend has back to the router, perhaps since it was another session's.
                Assert.Equal(i == 1 ? 1L : 2L, await ScalarAsync(connection, $"SELECT owned_by('{me}')"));
                await transaction.CommitAsync();
            }

            if (i == 3)
            {
                await using var transaction = await connection.BeginTransactionAsync();
                await connection.ExecuteAsync($"UPDATE shared SET owner = 'nobody' WHERE owner = '{me}'; SET LOCAL app.owner = 'nobody'");
                await transaction.RollbackAsync();
            }

            if (i == 5)
            {
                await connection.ExecuteAsync($"SET ROLE tenant{tenant}");
                await ScrambleAsync(1);
                Assert.Equal($"tenant{tenant} postgres", await ScalarAsync(connection, "SELECT current_user || ' ' || session_user"));
                Assert.Equal("42501", (await Assert.ThrowsAsync<PostgresException>(() => ScalarAsync(connection, $"SELECT tenant FROM tenant{(tenant + 1) % 3}.whose"))).SqlState);
            }
        }
    }

    /// <summary>Other sessions go over all links that are free.</summary>
    private async Task ScrambleAsync(int sessions = 12)
    {
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(async i =>
        {
            await using var other = await OpenAsync();
            await other.ExecuteAsync($"SET search_path = pg_temp; BEGIN; SELECT count(*) FROM pg_class; COMMIT");
        }));
    }

    private async Task<string[]> ReasonsAsync()
    {
        await using var connection = await OpenAsync();
        return (string[])await ScalarAsync(connection, "SELECT coalesce(array_agg(r), '{}') FROM citus_pinned_sessions, unnest(reasons) r");
    }

    private static async Task UntilAsync(Func<Task<bool>> isTrue, string what)
    {
        for (var i = 0; i < 100; i++)
        {
            if (await isTrue())
                return;
            await Task.Delay(50);
        }

        Assert.Fail("Waited in vain for " + what);
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Connections.Text(fixture.Cluster.Port)) { Pooling = false, Timeout = 60 }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (await command.ExecuteScalarAsync())!;
    }
}
