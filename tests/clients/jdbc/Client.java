import java.io.ByteArrayOutputStream;
import java.io.StringReader;
import java.math.BigDecimal;
import java.sql.*;
import java.util.*;
import java.util.concurrent.*;
import org.postgresql.PGConnection;
import org.postgresql.PGStatement;
import org.postgresql.copy.CopyManager;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PGobject;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** JDBC on the server that PGHOST and PGPORT name. See ../README.md. */
public class Client {
    static final boolean DISTRIBUTES = "1".equals(System.getenv("TANGELO_DISTRIBUTE"));

    interface Part {
        Object run() throws Exception;
    }

    static String variable(String name, String otherwise) {
        return Objects.requireNonNullElse(System.getenv(name), otherwise);
    }

    /** Options are those of the driver: {@code prepareThreshold=1}. */
    static Connection connect(String... options) throws SQLException {
        var url = "jdbc:postgresql://" + variable("PGHOST", "localhost") + ":" + variable("PGPORT", "5432") + "/" + variable("PGDATABASE", "postgres");
        var properties = new Properties();
        properties.put("user", variable("PGUSER", "postgres"));
        properties.put("currentSchema", "client_jdbc");
        properties.put("options", "-c client_min_messages=warning");
        for (var option : options)
            properties.put(option.split("=")[0], option.split("=")[1]);
        return DriverManager.getConnection(url, properties);
    }

    static void say(String what, Object value) {
        System.out.println(what + ": " + show(value));
    }

    static String show(Object value) {
        try {
            if (value instanceof byte[] bytes)
                return HexFormat.of().formatHex(bytes);
            if (value instanceof int[] ints)
                return Arrays.toString(ints);
            if (value instanceof long[] longs)
                return Arrays.toString(longs);
            if (value instanceof java.sql.Array array)
                return array.getBaseTypeName() + Arrays.deepToString((Object[]) array.getArray());
            return String.valueOf(value);
        } catch (SQLException e) {
            return e.getMessage();
        }
    }

    static String failure(SQLException e) {
        var server = e instanceof PSQLException p ? p.getServerErrorMessage() : null;
        return e.getSQLState() + " " + (server == null ? e.getMessage() : server.getMessage() + " " + server.getConstraint());
    }

    static void attempt(String what, Part part) throws Exception {
        try {
            say(what, part.run());
        } catch (SQLException e) {
            say(what, failure(e));
        }
    }

    static int update(Connection c, String sql, Object... values) throws SQLException {
        try (var s = c.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++)
                s.setObject(i + 1, values[i]);
            s.execute();
            return s.getUpdateCount();
        }
    }

    static List<String> rows(ResultSet r) throws SQLException {
        var rows = new ArrayList<String>();
        while (r.next()) {
            var row = new StringJoiner("|");
            for (int i = 1; i <= r.getMetaData().getColumnCount(); i++)
                row.add(show(r.getObject(i)));
            rows.add(row.toString());
        }
        return rows;
    }

    static List<String> query(Connection c, String sql, Object... values) throws SQLException {
        try (var s = c.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++)
                s.setObject(i + 1, values[i]);
            return rows(s.executeQuery());
        }
    }

    static void table(Connection c, String name, String columns, String by) throws SQLException {
        update(c, "CREATE TABLE " + name + " (" + columns + ")");
        if (DISTRIBUTES)
            update(c, "SELECT create_distributed_table(?, ?)", name, by);
    }

    static void types() throws Exception {
        for (var transfer : List.of("binaryTransfer=true", "binaryTransfer=false"))
            try (var c = connect("prepareThreshold=1", transfer)) {
                update(c, "DROP TABLE IF EXISTS kinds");
                table(c, "kinds", "id bigint PRIMARY KEY, i2 int2, i4 int4, n numeric(30,9), f4 float4, f8 float8, b boolean, s text, vc varchar(9), by bytea, d date, t time, ts timestamp, "
                    + "tz timestamptz, u uuid, j jsonb, ints int[], texts text[], x xml, bits bit(3), m money", "id");
                try (var s = c.prepareStatement("INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?::bit(3), ?::money)")) {
                    for (int i = 1; i <= 3; i++) {
                        s.setLong(1, (1L << 40) + i);
                        s.setShort(2, (short) i);
                        s.setInt(3, i);
                        s.setBigDecimal(4, new BigDecimal("12345678901234567890.123456789"));
                        s.setFloat(5, 1.5f);
                        s.setDouble(6, 2.25);
                        s.setBoolean(7, i == 1);
                        s.setString(8, "é ☃ \\ ' ?");
                        s.setString(9, "short");
                        s.setBytes(10, new byte[] {0, 1, -1});
                        s.setObject(11, java.time.LocalDate.of(2024, 2, 29));
                        s.setObject(12, java.time.LocalTime.of(1, 2, 3));
                        s.setObject(13, java.time.LocalDateTime.of(2024, 2, 29, 12, 0));
                        s.setObject(14, java.time.OffsetDateTime.of(2024, 2, 29, 12, 0, 0, 0, java.time.ZoneOffset.ofHours(2)));
                        s.setObject(15, new UUID(0, 42));
                        s.setString(16, "{\"a\": [1, null]}");
                        s.setArray(17, c.createArrayOf("int4", new Integer[] {1, null, 3}));
                        s.setArray(18, c.createArrayOf("text", new String[] {"a", "b,\"c", null, ""}));
                        if (i == 3)
                            s.setNull(19, Types.SQLXML);
                        else
                            s.setSQLXML(19, xml(c));
                        s.setString(20, "101");
                        s.setString(21, "12.50");
                        s.executeUpdate();
                    }
                }
                for (int i = 0; i < 3; i++)
                    try (var s = c.prepareStatement("SELECT * FROM kinds WHERE id > ? ORDER BY id")) {
                        s.setLong(1, i);
                        for (var row : rows(s.executeQuery()))
                            say("row", row.replaceAll("org.postgresql.jdbc.PgSQLXML@\\w+", "(xml)"));
                        var about = s.getMetaData();
                        for (int n = 1; n <= about.getColumnCount() && i == 0; n++)
                            say(about.getColumnName(n), about.getColumnTypeName(n) + " " + about.getPrecision(n) + " " + about.getScale(n) + " " + about.isNullable(n) + " " + about.isAutoIncrement(n)
                                + " " + about.getTableName(n) + " " + about.getColumnClassName(n));
                    }
                say("sums", query(c, "SELECT count(*), sum(n), avg(f8), max(ts), min(u::text), array_agg(i4 ORDER BY id) FROM kinds WHERE i4 = ANY (?)", c.createArrayOf("int4", new Integer[] {1, 2})));
                say("parameters", parameters(c));
            }
    }

    static SQLXML xml(Connection c) throws SQLException {
        var xml = c.createSQLXML();
        xml.setString("<a>1</a>");
        return xml;
    }

    static String parameters(Connection c) throws SQLException {
        try (var s = c.prepareStatement("UPDATE kinds SET n = ?, s = ?, j = ? WHERE id = ?")) {
            var about = s.getParameterMetaData();
            var names = new ArrayList<String>();
            for (int i = 1; i <= about.getParameterCount(); i++)
                names.add(about.getParameterTypeName(i));
            return names.toString();
        }
    }

    static void prepared() throws Exception {
        for (var threshold : List.of("prepareThreshold=5", "prepareThreshold=1", "prepareThreshold=0"))
            try (var c = connect(threshold, "preparedStatementCacheQueries=4")) {
                update(c, "DROP TABLE IF EXISTS words");
                table(c, "words", "id int PRIMARY KEY, w text NOT NULL", "id");
                var used = new ArrayList<Boolean>();
                try (var put = c.prepareStatement("INSERT INTO words VALUES (?, ?)"); var get = c.prepareStatement("SELECT w FROM words WHERE id = ?")) {
                    for (int i = 0; i < 12; i++) {
                        put.setInt(1, i);
                        put.setString(2, "w" + i);
                        put.executeUpdate();
                        get.setInt(1, i);
                        rows(get.executeQuery());
                        used.add(get.unwrap(PGStatement.class).isUseServerPrepare());
                    }
                }
                say(threshold, used);
                // More statements than the driver keeps.
                for (int i = 0; i < 30; i++)
                    query(c, "SELECT w, " + i % 7 + " FROM words WHERE id = ?", i);
                for (var change : List.of("ADD COLUMN more int DEFAULT 7", "ALTER COLUMN more TYPE text", "DROP COLUMN more"))
                    for (var sql : List.of("SELECT * FROM words WHERE id = ?", "UPDATE words SET w = w || 'x' WHERE id = ?"))
                        if (!threshold.endsWith("0"))
                            changed(c, sql, change);
                c.setAutoCommit(false);
                attempt("after an error", () -> query(c, "SELECT 1 / (id - ?) FROM words WHERE id = 3", 3));
                attempt("in it", () -> query(c, "SELECT 1"));
                c.rollback();
                c.setAutoCommit(true);
                update(c, "DISCARD ALL");
                update(c, "SET search_path = client_jdbc");
                say("discarded", query(c, "SELECT w FROM words WHERE id = ?", 3));
                update(c, "DEALLOCATE ALL");
                say("deallocated", query(c, "SELECT w FROM words WHERE id = ?", 3));
                say("words", query(c, "SELECT * FROM words WHERE id < 3 ORDER BY id"));
            }
    }

    /** One statement before and after the table has changed, with each outcome, in a transaction and outside of one. */
    static void changed(Connection c, String sql, String change) throws Exception {
        if (change.startsWith("ADD"))
            update(c, "ALTER TABLE words DROP COLUMN IF EXISTS more");
        else
            update(c, "ALTER TABLE words ADD COLUMN IF NOT EXISTS more int");
        try (var s = c.prepareStatement(sql)) {
            s.setInt(1, 3);
            for (int i = 0; i < 6; i++)
                s.execute();
            update(c, "ALTER TABLE words " + change);
            attempt(change + ", then " + sql, () -> s.execute() ? rows(s.getResultSet()) : s.getUpdateCount());
            attempt("again", () -> s.execute() ? rows(s.getResultSet()) : s.getUpdateCount());
        }
        update(c, "ALTER TABLE words ADD COLUMN IF NOT EXISTS more int");
        try (var s = c.prepareStatement(sql)) {
            s.setInt(1, 3);
            for (int i = 0; i < 6; i++)
                s.execute();
            c.setAutoCommit(false);
            update(c, "ALTER TABLE words DROP COLUMN more");
            attempt("in a transaction", () -> s.execute() ? rows(s.getResultSet()) : s.getUpdateCount());
        }
        c.rollback();
        c.setAutoCommit(true);
    }

    static void fetching() throws Exception {
        for (var threshold : List.of("prepareThreshold=5", "prepareThreshold=1"))
            try (var c = connect(threshold)) {
                update(c, "DROP TABLE IF EXISTS numbers");
                table(c, "numbers", "n int PRIMARY KEY, s text", "n");
                update(c, "INSERT INTO numbers SELECT i, repeat('x', i % 50) FROM generate_series(1, 2000) i");
                c.setAutoCommit(false);
                try (var up = c.prepareStatement("SELECT n FROM numbers WHERE n > ? ORDER BY n"); var down = c.prepareStatement("SELECT n, s FROM numbers ORDER BY n DESC")) {
                    up.setFetchSize(10);
                    down.setFetchSize(33);
                    up.setInt(1, 5);
                    var r1 = up.executeQuery();
                    var r2 = down.executeQuery();
                    long sum = 0;
                    int count = 0;
                    while (r1.next() && r2.next()) {
                        sum += (long) r1.getInt(1) * count++ - r2.getInt(1);
                        if (count == 500)
                            update(c, "UPDATE numbers SET s = 'seen' WHERE n < 100");
                        if (count == 700)
                            r1.setFetchSize(400);
                    }
                    say("two at a time", sum + " " + count + " " + r1.isAfterLast());
                }
                try (var s = c.createStatement()) {
                    s.setFetchSize(7);
                    s.setMaxRows(20);
                    say("at most", rows(s.executeQuery("SELECT n FROM numbers ORDER BY n")).size());
                    s.setMaxRows(0);
                    try {
                        var r = s.executeQuery("SELECT 100 / (n - 50) FROM numbers WHERE n < 90 ORDER BY n");
                        while (r.next())
                            r.getInt(1);
                        say("no error", r.getRow());
                    } catch (SQLException e) {
                        say("an error while fetching", e.getSQLState());
                    }
                }
                c.rollback();
                try (var s = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)) {
                    var r = s.executeQuery("SELECT n, s FROM numbers WHERE n IN (10, 20, 30) ORDER BY n");
                    r.absolute(2);
                    r.updateString("s", "updated");
                    r.updateRow();
                    r.last();
                    r.deleteRow();
                    r.moveToInsertRow();
                    r.updateInt("n", 5000);
                    r.updateString("s", "inserted");
                    r.insertRow();
                    c.commit();
                }
                say("through a result set", query(c, "SELECT n, s FROM numbers WHERE n IN (10, 20, 30, 5000) ORDER BY n"));
                c.commit();
                try (var s = c.createStatement()) {
                    s.execute("BEGIN; DECLARE mine CURSOR FOR SELECT n FROM numbers ORDER BY n; FETCH 3 FROM mine; CLOSE mine; COMMIT");
                    var got = new ArrayList<Object>();
                    do {
                        got.add(s.getResultSet() == null ? s.getUpdateCount() : rows(s.getResultSet()));
                    } while (s.getMoreResults() || s.getUpdateCount() != -1);
                    say("several results", got);
                }
            }
    }

    static void batches() throws Exception {
        for (var rewrite : List.of("reWriteBatchedInserts=false", "reWriteBatchedInserts=true"))
            try (var c = connect(rewrite)) {
                update(c, "DROP TABLE IF EXISTS batched");
                update(c, "DROP SEQUENCE IF EXISTS batched_ids");
                update(c, "CREATE SEQUENCE batched_ids");
                table(c, "batched", "id bigint PRIMARY KEY DEFAULT nextval('batched_ids'), v text, n numeric", "id");
                try (var s = c.prepareStatement("INSERT INTO batched (id, v, n) VALUES (?, ?, ?)")) {
                    for (int i = 0; i < 300; i++) {
                        s.setLong(1, 100000 + i);
                        s.setString(2, i % 3 == 0 ? null : "v" + i);
                        s.setBigDecimal(3, new BigDecimal(i));
                        s.addBatch();
                    }
                    say(rewrite, Arrays.stream(s.executeBatch()).map(n -> n == Statement.SUCCESS_NO_INFO ? 1 : n).sum());
                }
                try (var s = c.prepareStatement("UPDATE batched SET n = n + 1 WHERE id = ?")) {
                    for (int i = 0; i < 50; i++) {
                        s.setLong(1, 100000 + i * 10);
                        s.addBatch();
                    }
                    say("updates", s.executeBatch());
                }
                try (var s = c.prepareStatement("INSERT INTO batched (v) VALUES (?)", Statement.RETURN_GENERATED_KEYS)) {
                    for (int i = 0; i < 5; i++) {
                        s.setString(1, "generated");
                        s.addBatch();
                    }
                    s.executeBatch();
                    say("keys", rows(s.getGeneratedKeys()).size());
                    s.setString(1, "one more");
                    s.executeUpdate();
                    var keys = s.getGeneratedKeys();
                    keys.next();
                    say("a key", keys.getMetaData().getColumnName(1) + " " + query(c, "SELECT v FROM batched WHERE id = ?", keys.getLong(1)));
                }
                try (var s = c.prepareStatement("INSERT INTO batched VALUES (?, 'x', 1)", new String[] {"id", "n"})) {
                    s.setLong(1, 77);
                    s.executeUpdate();
                    say("chosen keys", rows(s.getGeneratedKeys()));
                }
                for (boolean auto : new boolean[] {true, false}) {
                    c.setAutoCommit(auto);
                    try (var s = c.prepareStatement("INSERT INTO batched (id, v) VALUES (?, 'batch with an error')")) {
                        for (long id : new long[] {1001, 1002, 100000, 1003}) {
                            s.setLong(1, id);
                            s.addBatch();
                        }
                        s.executeBatch();
                    } catch (BatchUpdateException e) {
                        say("a batch with an error", failure((SQLException) e.getCause()) + " " + Arrays.toString(e.getUpdateCounts()));
                    }
                    if (!auto)
                        c.rollback();
                }
                c.setAutoCommit(true);
                try (var s = c.createStatement()) {
                    s.addBatch("UPDATE batched SET v = 'a' WHERE id = 77");
                    s.addBatch("DELETE FROM batched WHERE v = 'generated'");
                    s.addBatch("INSERT INTO batched (id) VALUES (78)");
                    say("statements", s.executeBatch());
                }
                say("in the end", query(c, "SELECT count(*), sum(n), count(v), count(*) FILTER (WHERE v LIKE 'batch%') FROM batched"));
            }
    }

    static void metadata() throws Exception {
        try (var c = connect()) {
            table(c, "parents", "id int PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x'", "id");
            table(c, "children", "id int, line int GENERATED ALWAYS AS (7) STORED, at numeric(8,2), PRIMARY KEY (id, line), FOREIGN KEY (id) REFERENCES parents ON DELETE CASCADE", "id");
            update(c, "CREATE INDEX by_name ON parents (name)");
            update(c, "CREATE VIEW both_of_them AS SELECT * FROM parents JOIN children USING (id)");
            var about = c.getMetaData();
            say("tables", named(about.getTables(null, "client_jdbc", "%", new String[] {"TABLE", "VIEW", "FOREIGN TABLE", "PARTITIONED TABLE"}), "TABLE_NAME", "TABLE_TYPE"));
            say("columns", named(about.getColumns(null, "client_jdbc", "%ren%", "%"), "TABLE_NAME", "COLUMN_NAME", "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "IS_NULLABLE", "COLUMN_DEF", "ORDINAL_POSITION", "IS_GENERATEDCOLUMN"));
            say("keys", named(about.getPrimaryKeys(null, "client_jdbc", "children"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"));
            say("imported", named(about.getImportedKeys(null, "client_jdbc", "children"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "DELETE_RULE", "FK_NAME"));
            say("exported", named(about.getExportedKeys(null, "client_jdbc", "parents"), "FKTABLE_NAME", "FKCOLUMN_NAME"));
            say("indexes", named(about.getIndexInfo(null, "client_jdbc", "parents", false, true), "INDEX_NAME", "COLUMN_NAME", "NON_UNIQUE"));
            say("best row", named(about.getBestRowIdentifier(null, "client_jdbc", "parents", DatabaseMetaData.bestRowSession, false), "COLUMN_NAME"));
            say("schemas", named(about.getSchemas(null, "client_jdbc%"), "TABLE_SCHEM"));
            say("server", about.getDatabaseProductName() + " " + (about.getDatabaseMajorVersion() >= 15) + " " + about.getDefaultTransactionIsolation());
        }
    }

    static List<String> named(ResultSet r, String... columns) throws SQLException {
        var rows = new ArrayList<String>();
        while (r.next()) {
            var row = new StringJoiner(" ");
            for (var column : columns)
                row.add(String.valueOf(r.getString(column)));
            rows.add(row.toString());
        }
        return rows;
    }

    static void copies() throws Exception {
        try (var c = connect()) {
            table(c, "copied", "id int PRIMARY KEY, v text", "id");
            CopyManager copy = c.unwrap(PGConnection.class).getCopyAPI();
            var text = new StringBuilder();
            for (int i = 0; i < 10000; i++)
                text.append(i).append(",\"value ").append(i).append("\"\n");
            say("in", copy.copyIn("COPY copied FROM STDIN (FORMAT csv)", new StringReader(text.toString())));
            var out = new ByteArrayOutputStream();
            say("out", copy.copyOut("COPY (SELECT * FROM copied WHERE id % 1000 = 7 ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", out) + " " + out);
            out.reset();
            copy.copyOut("COPY copied TO STDOUT (FORMAT binary)", out);
            say("bytes in binary", out.size());
            attempt("a key twice", () -> copy.copyIn("COPY copied FROM STDIN", new StringReader("50000\tx\n1\tx\n")));
            attempt("no number", () -> copy.copyIn("COPY copied FROM STDIN", new StringReader("x\tx\n")));
            var given = copy.copyIn("COPY copied FROM STDIN");
            given.writeToCopy("60000\tx\n".getBytes(), 0, 8);
            given.cancelCopy();
            say("given up", query(c, "SELECT count(*) FROM copied"));
        }
    }

    static void transactions() throws Exception {
        for (var mode : List.of("autosave=never", "autosave=always"))
            try (var c = connect(mode)) {
                update(c, "DROP TABLE IF EXISTS accounts");
                table(c, "accounts", "id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0)", "id");
                update(c, "INSERT INTO accounts SELECT i, 100 FROM generate_series(1, 10) i");
                c.setAutoCommit(false);
                update(c, "UPDATE accounts SET balance = balance - 30 WHERE id = 1");
                var savepoint = c.setSavepoint();
                update(c, "UPDATE accounts SET balance = balance + 30 WHERE id = 2");
                attempt(mode, () -> update(c, "UPDATE accounts SET balance = balance - 300 WHERE id = 3"));
                attempt("after it", () -> query(c, "SELECT balance FROM accounts WHERE id = 2"));
                c.rollback(savepoint);
                var named = c.setSavepoint("named \"one\"");
                update(c, "UPDATE accounts SET balance = balance + 30 WHERE id = 4");
                c.releaseSavepoint(named);
                c.commit();
                say("balances", query(c, "SELECT * FROM accounts WHERE balance <> 100 ORDER BY id"));
                c.rollback();
                c.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                c.setReadOnly(true);
                say("level", query(c, "SHOW transaction_isolation") + " " + query(c, "SELECT sum(balance) FROM accounts"));
                attempt("read only", () -> update(c, "DELETE FROM accounts"));
                c.rollback();
                c.setReadOnly(false);
                c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
                update(c, "DELETE FROM accounts");
            }
        try (var c = connect()) {
            say("not committed", query(c, "SELECT count(*), sum(balance) FROM accounts"));
        }
    }

    static void sessions() throws Exception {
        var pool = new ArrayList<Connection>();
        for (int i = 0; i < 7; i++) {
            pool.add(connect("prepareThreshold=1"));
            update(pool.get(i), "SET app.who = 'session " + i + "'");
        }
        for (int round = 0; round < 4; round++) {
            var who = new ArrayList<Object>();
            for (var c : pool)
                who.add(query(c, "SELECT current_setting('app.who'), balance FROM accounts WHERE id = ?", 1));
            say("who", who);
        }
        var threads = Executors.newFixedThreadPool(7);
        var done = new ArrayList<Future<Integer>>();
        for (var c : pool)
            done.add(threads.submit(() -> {
                int changed = 0;
                for (int i = 0; i < 30; i++)
                    changed += update(c, "UPDATE accounts SET balance = balance + 1 WHERE id = ?", i % 10 + 1);
                return changed;
            }));
        int total = 0;
        for (var d : done)
            total += d.get();
        say("at once", total + " " + query(pool.get(0), "SELECT sum(balance) FROM accounts"));
        threads.shutdown();

        var hears = pool.get(0);
        update(hears, "LISTEN client_jdbc");
        update(pool.get(1), "SELECT pg_notify('client_jdbc', 'here')");
        org.postgresql.PGNotification[] heard = null;
        for (int i = 0; i < 100 && (heard == null || heard.length == 0); i++)
            heard = hears.unwrap(PGConnection.class).getNotifications(100);
        say("heard", heard[0].getName() + " " + heard[0].getParameter());
        update(hears, "DO $$ BEGIN RAISE WARNING 'careful'; END $$");
        try (var s = hears.createStatement()) {
            s.execute("DO $$ BEGIN RAISE WARNING 'careful'; END $$");
            say("warning", s.getWarnings().getSQLState() + " " + s.getWarnings().getMessage());
        }
        for (var sql : List.of("SELECT pg_sleep(20)", "SELECT count(*) FROM numbers WHERE pg_sleep(0.1) IS NULL"))
            try (var s = hears.createStatement()) {
                var canceller = new Timer(true);
                canceller.schedule(new TimerTask() {
                    public void run() {
                        try {
                            s.cancel();
                        } catch (SQLException e) {
                            say("cancel", failure(e));
                        }
                    }
                }, 500);
                attempt("cancelled", () -> s.execute(sql));
                s.setQueryTimeout(1);
                attempt("timed out", () -> s.execute(sql));
                canceller.cancel();
            }
        say("and goes on", query(hears, "SELECT count(*) FROM accounts") + " " + hears.isValid(5));
        update(pool.get(2), "RESET ALL");
        say("reset", query(pool.get(2), "SELECT current_setting('app.who', true), current_schema"));
        for (var c : pool)
            c.close();
    }

    public static void main(String[] arguments) throws Exception {
        Locale.setDefault(Locale.ROOT);
        try (var c = connect()) {
            update(c, "DROP SCHEMA IF EXISTS client_jdbc CASCADE");
            update(c, "CREATE SCHEMA client_jdbc");
        }
        var parts = new LinkedHashMap<String, Part>();
        parts.put("types", () -> { types(); return null; });
        parts.put("prepared", () -> { prepared(); return null; });
        parts.put("fetching", () -> { fetching(); return null; });
        parts.put("batches", () -> { batches(); return null; });
        parts.put("metadata", () -> { metadata(); return null; });
        parts.put("copies", () -> { copies(); return null; });
        parts.put("transactions", () -> { transactions(); return null; });
        parts.put("sessions", () -> { sessions(); return null; });
        for (var part : parts.entrySet()) {
            System.out.println("== " + part.getKey());
            part.getValue().run();
        }
        try (var c = connect()) {
            update(c, "DROP SCHEMA client_jdbc CASCADE");
        }
    }
}
