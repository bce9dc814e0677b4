"""psycopg 3 on the server that PGHOST and PGPORT name. See ../README.md."""
import asyncio
import datetime as dt
import decimal
import ipaddress
import os
import threading
import uuid

import psycopg
from psycopg import sql
from psycopg.rows import dict_row, namedtuple_row
from psycopg.types.composite import CompositeInfo, register_composite
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.json import Json, Jsonb
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

DISTRIBUTE = os.environ.get("TANGELO_DISTRIBUTE") == "1"
SETTINGS = {"dbname": os.environ.get("PGDATABASE", "postgres"), "user": os.environ.get("PGUSER", "postgres"),
            "options": "-c search_path=client_psycopg -c timezone=UTC -c client_min_messages=warning"}


def connect(**more):
    return psycopg.connect(**{**SETTINGS, **more})


def table(conn, name, columns, by):
    conn.execute(f"CREATE TABLE {name} ({columns})")
    if DISTRIBUTE:
        conn.execute("SELECT create_distributed_table(%s, %s)", (name, by))


def failure(error):
    d = error.diag
    return type(error).__name__, error.sqlstate, d.message_primary, d.constraint_name


def attempt(what, action):
    try:
        print(what, action())
    except psycopg.Error as error:
        print(what, *failure(error))


def types():
    with connect(autocommit=True) as conn:
        table(conn, "kinds", """id bigint PRIMARY KEY, i2 int2, n numeric, f8 float8, b boolean, s text, by bytea, d date, t time, ts timestamp, tz timestamptz,
            iv interval, u uuid, j json, jb jsonb, ints int[], texts text[], ip inet, net cidr, r int4range, m int4multirange""", "id")
        rows = [(1, 2, decimal.Decimal("1234567890123456789.000000001"), 1.5, True, "é ☃ \\ ' %", b"\x00\x01\xff", dt.date(2024, 2, 29), dt.time(1, 2, 3, 4), dt.datetime(2024, 2, 29, 12),
                 dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone.utc), dt.timedelta(days=1, seconds=2), uuid.UUID(int=42), Json({"a": [1, None]}), Jsonb([1, "x"]), [1, None, 3],
                 ["a", 'b,"c', None, ""], ipaddress.ip_address("10.0.0.1"), ipaddress.ip_network("10.0.0.0/8"), Range(1, 5), Multirange([Range(1, 3), Range(7, None)])),
                (2 ** 62, *[None] * 20)]
        places = ", ".join(["%s"] * 21)
        binary_places = ", ".join(["%b"] * 21)
        for row in rows:
            print(conn.execute(f"INSERT INTO kinds VALUES ({places}) RETURNING *", row).fetchone())
        print(conn.execute(f"INSERT INTO kinds VALUES ({binary_places}) RETURNING *", (3, *rows[0][1:])).fetchone())
        for binary in False, True:
            cur = conn.cursor(binary=binary)
            print([(c.name, c.type_code, c.precision, c.scale) for c in cur.execute("SELECT * FROM kinds ORDER BY id").description])
            print(cur.fetchall())
            print(cur.execute("SELECT count(*), sum(n), avg(f8), max(ts), min(tz), array_agg(i2 ORDER BY id), sum(iv) FROM kinds WHERE id = ANY(%s)", ([1, 2, 3],)).fetchall())
            print(cur.execute("SELECT n, n * 2, %s::numeric + n FROM kinds WHERE id = %s", (decimal.Decimal("0.5"), 3)).fetchall())
        conn.execute("CREATE TYPE mood AS ENUM ('sad', 'happy')")
        conn.execute("CREATE TYPE place AS (x int, name text)")
        table(conn, "people", "id int PRIMARY KEY, m mood, p place, past mood[]", "id")
        register_composite(CompositeInfo.fetch(conn, "place"), conn)
        register_enum(EnumInfo.fetch(conn, "mood"), conn)
        # Rows of one INSERT go to several shards, and so do their parameters.
        conn.execute("INSERT INTO people VALUES (1, %s, %s, '{sad,happy}'), (2, %s, NULL, %s), (3, %s, %s, %s), (4, %s, NULL, NULL)",
                     ("happy", (1, "a, \"b\""), "sad", ["sad"], "happy", (2, None), ["happy", "sad"], "sad"))
        print([(id, m.name, p and (p.x, p.name), past and [x.name for x in past]) for id, m, p, past in conn.execute("SELECT * FROM people ORDER BY id")])
        people = conn.cursor(row_factory=dict_row).execute(sql.SQL("SELECT {}, {} FROM {} WHERE id = {}").format(*map(sql.Identifier, ("id", "past", "people")), sql.Placeholder()), (2,))
        print(people.fetchall())


def prepared():
    for threshold in 0, 5, None:
        with connect(prepare_threshold=threshold) as conn:
            if threshold == 0:
                table(conn, "words", "id int PRIMARY KEY, w text NOT NULL", "id")
            for i in range(10):
                conn.execute("INSERT INTO words VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET w = words.w || excluded.w", (i, "w"))
            print(threshold, [conn.execute("SELECT w FROM words WHERE id = %s", (i,)).fetchone() for i in range(10)])
            print([conn.execute("SELECT count(*), max(w) FROM words WHERE id > %s", (i,)).fetchone() for i in range(10)])
    with connect(prepare_threshold=0, autocommit=True) as conn:
        query = "SELECT * FROM words WHERE id = %s"
        print(conn.execute(query, (1,)).fetchall())
        conn.execute("ALTER TABLE words ADD COLUMN more int DEFAULT 7")
        attempt("a star, after another column", lambda: conn.execute(query, (1,)).fetchall())
        print(conn.execute("SELECT more FROM words WHERE id = %s", (1,)).fetchall())
        conn.execute("DEALLOCATE ALL")
        print(conn.execute("SELECT * FROM words WHERE id = 2").fetchall())
        conn.execute("ALTER TABLE words DROP COLUMN more")


def transactions():
    with connect() as conn:
        table(conn, "accounts", "id int PRIMARY KEY, balance int NOT NULL CHECK (balance >= 0)", "id")
        conn.cursor().executemany("INSERT INTO accounts VALUES (%s, 100)", [(i,) for i in range(10)])
        conn.commit()
        conn.execute("UPDATE accounts SET balance = 0")
        conn.rollback()
        with conn.transaction():
            conn.execute("UPDATE accounts SET balance = balance - 30 WHERE id = 1")
            try:
                with conn.transaction():
                    conn.execute("UPDATE accounts SET balance = balance + 30 WHERE id = 2")
                    conn.execute("UPDATE accounts SET balance = balance - 300 WHERE id = 3")
            except psycopg.errors.CheckViolation as error:
                print(*failure(error))
            with conn.transaction(), conn.transaction("named"):
                conn.execute("UPDATE accounts SET balance = balance + 30 WHERE id = 4")
            with conn.transaction() as inner:
                conn.execute("DELETE FROM accounts")
                raise psycopg.Rollback(inner)
        print(conn.info.transaction_status.name, conn.execute("SELECT * FROM accounts WHERE balance <> 100 ORDER BY id").fetchall())
        attempt("an error", lambda: conn.execute("SELECT 1 / (id - 1) FROM accounts"))
        attempt("after it", lambda: conn.execute("SELECT 1"))
        print(conn.info.transaction_status.name)
        conn.rollback()
        for level in psycopg.IsolationLevel.READ_COMMITTED, psycopg.IsolationLevel.REPEATABLE_READ:
            conn.isolation_level = level
            conn.read_only = True
            print(conn.execute("SHOW transaction_isolation").fetchone(), conn.execute("SELECT sum(balance) FROM accounts").fetchone())
            attempt("read only", lambda: conn.execute("UPDATE accounts SET balance = 0 WHERE id = 1"))
            conn.rollback()
    attempt("a key twice", lambda: twice())
    with connect() as conn:
        print(conn.execute("SELECT count(*), sum(balance) FROM accounts").fetchone())


def twice():
    with connect() as conn:
        conn.execute("INSERT INTO accounts VALUES (77, 1)")
        conn.execute("INSERT INTO accounts VALUES (1, 1)")


def cursors():
    with connect() as conn:
        table(conn, "numbers", "n int PRIMARY KEY, s text", "n")
        conn.execute("INSERT INTO numbers SELECT i, repeat('x', i % 50) FROM generate_series(1, 1000) i")
        with conn.cursor("plain") as cur:
            cur.execute("SELECT n FROM numbers WHERE n > %s ORDER BY n", (10,))
            print(cur.fetchone(), cur.fetchmany(3), len(cur.fetchmany(500)), len(cur.fetchall()), cur.fetchone())
        with conn.cursor("iterated", row_factory=namedtuple_row) as cur:
            cur.itersize = 70
            print(sum(row.n for row in cur.execute("SELECT n FROM numbers")))
        with conn.cursor("scrolling", scrollable=True, binary=True) as cur:
            cur.execute("SELECT n FROM numbers ORDER BY n")
            cur.scroll(100)
            print(cur.fetchone())
            cur.scroll(-50)
            print(cur.fetchone())
            cur.scroll(999, mode="absolute")
            print(cur.fetchall())
        one, other = conn.cursor("one"), conn.cursor("other")
        one.execute("SELECT n FROM numbers ORDER BY n")
        other.execute("SELECT n FROM numbers ORDER BY n DESC")
        print([(one.fetchone(), other.fetchone()) for _ in range(3)])
        conn.commit()
        held = conn.cursor("held", withhold=True)
        held.execute("SELECT n FROM numbers ORDER BY n")
        conn.commit()
        print(held.fetchmany(2))
        held.close()
        print(list(conn.cursor().stream("SELECT n FROM numbers WHERE n < 5 ORDER BY n")))
        cur = conn.cursor()
        cur.executemany("INSERT INTO numbers VALUES (%s, %s) RETURNING n", [(n, "more") for n in range(2000, 2005)], returning=True)
        got = [cur.fetchone()]
        while cur.nextset():
            got.append(cur.fetchone())
        print(got)


def copies():
    with connect(autocommit=True) as conn:
        table(conn, "copied", "id int PRIMARY KEY, v text, d date", "id")
        cur = conn.cursor()
        with cur.copy("COPY copied FROM STDIN") as copy:
            for i in range(10000):
                copy.write_row((i, f"v{i}\t\\" if i % 7 else None, dt.date(2024, 1, 1 + i % 28)))
        print(cur.rowcount)
        with cur.copy("COPY copied (id, v, d) FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "text", "date"])
            for i in range(10000, 20000):
                copy.write_row((i, f"binary {i}", dt.date(2025, 1, 1)))
        print(cur.rowcount)
        with cur.copy("COPY (SELECT * FROM copied WHERE id % 2000 < 2 ORDER BY id) TO STDOUT") as copy:
            print([bytes(b) for b in copy])
        with cur.copy("COPY (SELECT id, d FROM copied WHERE id IN (%s, %s) ORDER BY id) TO STDOUT (FORMAT binary)", (3, 19999)) as copy:
            copy.set_types(["int4", "date"])
            print(list(copy.rows()))
        with cur.copy("COPY copied TO STDOUT (FORMAT binary)") as copy:
            print(sum(len(b) for b in copy))

        def given_up():
            try:
                with cur.copy("COPY copied FROM STDIN") as copy:
                    copy.write_row((30000, "x", None))
                    raise ValueError("given up")
            except ValueError as error:
                return error
        attempt("given up", given_up)

        def again():
            with cur.copy("COPY copied FROM STDIN") as copy:
                copy.write_row((30000, "x", None))
                copy.write_row((5, "x", None))
        attempt("a key twice", again)

        def wrong():
            with cur.copy("COPY copied FROM STDIN") as copy:
                copy.write("x\ty\tz\n")
        attempt("no number", wrong)
        print(cur.execute("SELECT count(*), count(v), min(d), max(d) FROM copied").fetchone())


def pipelines():
    if not psycopg.Pipeline.is_supported():
        return
    with connect(autocommit=True) as conn:
        with conn.pipeline() as pipe:
            cursors = [conn.execute("UPDATE accounts SET balance = balance + 1 WHERE id = %s RETURNING id", (i,)) for i in range(5)]
            conn.execute("CREATE TEMPORARY TABLE mine (a int)")
            cursors.append(conn.execute("SELECT sum(balance) FROM accounts"))
            pipe.sync()
            print([c.fetchone() for c in cursors])
        try:
            with conn.pipeline():
                conn.execute("INSERT INTO accounts VALUES (50, 1)")
                conn.execute("INSERT INTO accounts VALUES (1, 1)")
                conn.execute("INSERT INTO accounts VALUES (51, 1)")
        except psycopg.Error as error:
            print(*failure(error))
        print(conn.execute("SELECT id FROM accounts WHERE id >= 50 ORDER BY id").fetchall())
        with conn.pipeline() as pipe:
            with conn.transaction():
                conn.execute("INSERT INTO accounts VALUES (60, 1)")
            first = conn.execute("SELECT 1 / (id - 60) FROM accounts WHERE id = 60")
            attempt("first", first.fetchone)
            pipe.sync()
            print(conn.execute("SELECT id FROM accounts WHERE id >= 50 ORDER BY id").fetchall())


def sessions():
    conns = [connect(autocommit=True) for _ in range(7)]
    for i, conn in enumerate(conns):
        conn.execute("SELECT set_config('app.who', %s, false)", (f"session {i}",))
    for _ in range(7):
        print([conn.execute("SELECT current_setting('app.who'), count(*) FROM accounts WHERE id < %s", (10,)).fetchone() for conn in conns])
    hears, says = conns[:2]
    heard = []
    hears.add_notify_handler(lambda n: heard.append((n.channel, n.payload)))
    hears.execute("LISTEN client_psycopg")
    for i in range(3):
        says.execute("SELECT pg_notify('client_psycopg', %s)", (str(i),))
    while len(heard) < 3:
        hears.execute("SELECT 1")
    print(heard)
    notices = []
    says.add_notice_handler(lambda d: notices.append((d.severity, d.sqlstate, d.message_primary)))
    says.execute("DO $$ BEGIN RAISE WARNING 'careful'; END $$")
    print(notices)
    timer = threading.Timer(0.5, says.cancel)
    timer.start()
    attempt("cancelled", lambda: says.execute("SELECT pg_sleep(30)"))
    timer = threading.Timer(0.5, says.cancel)
    timer.start()
    attempt("cancelled on shards", lambda: says.execute("SELECT count(*) FROM numbers WHERE pg_sleep(1) IS NULL"))
    print(says.execute("SELECT count(*) FROM accounts").fetchone())
    for conn in conns:
        conn.close()

    async def together():
        async def one(i):
            async with await psycopg.AsyncConnection.connect(**SETTINGS) as conn:
                async with conn.cursor() as cur:
                    await cur.execute("UPDATE accounts SET balance = balance + 1 WHERE id = %s", (i,))
                    await cur.execute("SELECT balance >= 100 FROM accounts WHERE id = %s", (i,))
                    return i, await cur.fetchone()
        return await asyncio.gather(*(one(i) for i in range(4, 10)))
    print(asyncio.run(together()))


def main():
    with connect(autocommit=True) as conn:
        conn.execute("DROP SCHEMA IF EXISTS client_psycopg CASCADE")
        conn.execute("CREATE SCHEMA client_psycopg")
    for part in types, prepared, transactions, cursors, copies, pipelines, sessions:
        print("==", part.__name__)
        part()
    with connect(autocommit=True) as conn:
        conn.execute("DROP SCHEMA client_psycopg CASCADE")


main()
