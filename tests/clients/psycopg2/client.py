"""psycopg 2 on the server that PGHOST and PGPORT name. See ../README.md."""
import io
import os

import psycopg2
from psycopg2 import extensions, extras

DISTRIBUTE = os.environ.get("TANGELO_DISTRIBUTE") == "1"


def connect():
    return psycopg2.connect(dbname=os.environ.get("PGDATABASE", "postgres"), user=os.environ.get("PGUSER", "postgres"),
                            options="-c search_path=client_psycopg2 -c timezone=UTC -c client_min_messages=warning")


def attempt(what, cur, text, *values):
    try:
        cur.execute(text, values)
        print(what, cur.rowcount, cur.fetchall() if cur.description else None)
    except psycopg2.Error as error:
        print(what, type(error).__name__, error.pgcode, error.diag.message_primary)


def main():
    conn = connect()
    conn.autocommit = True
    cur = conn.cursor()
    cur.execute("DROP SCHEMA IF EXISTS client_psycopg2 CASCADE; CREATE SCHEMA client_psycopg2")
    cur.execute("CREATE TABLE books (id int PRIMARY KEY, title text NOT NULL, tags text[], price numeric(8, 2), about jsonb, printed date)")
    if DISTRIBUTE:
        cur.execute("SELECT create_distributed_table('books', 'id')")
    conn.autocommit = False

    extras.execute_values(cur, "INSERT INTO books VALUES %s", [(i, f"title '{i}' % \\", ["a", None, str(i)], i / 4, extras.Json({"n": i}), None) for i in range(500)], page_size=77)
    extras.execute_batch(cur, "UPDATE books SET price = price + %s WHERE id = %s", [(1, i) for i in range(50)], page_size=10)
    print(cur.rowcount)
    conn.commit()
    attempt("one", cur, "SELECT * FROM books WHERE id = %s", 3)
    attempt("some", cur, "SELECT id, price FROM books WHERE id = ANY (%s) ORDER BY id", [1, 49, 50])
    attempt("in", cur, "SELECT count(*), sum(price), max(about->>'n') FROM books WHERE id IN %s", (1, 2, 3))
    attempt("a key twice", cur, "INSERT INTO books (id, title) VALUES (1, 'x')")
    attempt("after it", cur, "SELECT 1")
    conn.rollback()
    attempt("rolled back", cur, "SELECT count(*) FROM books")

    with conn.cursor("named") as named:
        named.itersize = 60
        named.execute("SELECT id FROM books ORDER BY id")
        print(named.fetchone(), sum(row[0] for row in named))
    with conn.cursor("scrolled", scrollable=True) as scrolled:
        scrolled.execute("SELECT id FROM books ORDER BY id")
        scrolled.scroll(400)
        print(scrolled.fetchone(), scrolled.scroll(-100), scrolled.fetchmany(2))
    conn.commit()

    with conn, conn.cursor(cursor_factory=extras.RealDictCursor) as rows:
        rows.execute("UPDATE books SET price = 0 WHERE id < 3 RETURNING id, price, about")
        print(sorted((dict(r) for r in rows.fetchall()), key=lambda r: r["id"]))
    try:
        with conn, conn.cursor() as c:
            c.execute("DELETE FROM books")
            raise ValueError("no")
    except ValueError as error:
        print(error)
    attempt("still there", cur, "SELECT count(*) FROM books")
    conn.commit()

    cur.copy_from(io.StringIO("".join(f"{i}\tcopied {i}\n" for i in range(1000, 3000))), "books", columns=("id", "title"))
    print(cur.rowcount)
    out = io.StringIO()
    cur.copy_expert("COPY (SELECT id, title, price FROM books WHERE id IN (2, 1000, 2999) ORDER BY id) TO STDOUT WITH CSV HEADER", out)
    print(repr(out.getvalue()))
    conn.commit()

    conn.set_session(isolation_level="REPEATABLE READ", readonly=True)
    attempt("level", cur, "SHOW transaction_isolation")
    attempt("sum", cur, "SELECT count(*), sum(id) FROM books")
    attempt("read only", cur, "DELETE FROM books WHERE id = 1")
    conn.rollback()
    conn.set_session(isolation_level="READ COMMITTED", readonly=False, autocommit=True)

    others = [connect() for _ in range(6)]
    for i, other in enumerate(others):
        other.autocommit = True
        other.cursor().execute("SET app.who = %s", (f"session {i}",))
    for _ in range(3):
        for other in others:
            with other.cursor() as c:
                attempt("who", c, "SELECT current_setting('app.who'), title FROM books WHERE id = 5")
    for other in others:
        other.reset()
        with other.cursor() as c:
            attempt("reset", c, "SELECT current_setting('app.who', true)")
        other.close()

    cur.execute("LISTEN client_psycopg2")
    cur.execute("NOTIFY client_psycopg2, 'here'")
    conn.poll()
    print([(n.channel, n.payload) for n in conn.notifies])
    attempt("several", cur, "SELECT 1; SELECT count(*) FROM books WHERE id < 10; SELECT 3")

    tpc = connect()
    attempt_tpc(tpc)
    tpc.close()
    attempt("timeout", cur, "SET statement_timeout = 300; SELECT pg_sleep(20)")
    cur.execute("RESET statement_timeout")
    print(conn.get_transaction_status() == extensions.TRANSACTION_STATUS_IDLE, conn.server_version >= 150000, conn.encoding)
    cur.execute("DROP SCHEMA client_psycopg2 CASCADE")
    conn.close()


def attempt_tpc(conn):
    """Two-phase commit of the client's own, which works for what is not distributed."""
    xid = conn.xid(1, "client_psycopg2", "branch")
    conn.tpc_begin(xid)
    cur = conn.cursor()
    cur.execute("CREATE TABLE local_of_tpc (a int)")
    try:
        conn.tpc_prepare()
        conn.tpc_rollback()
        print("prepared and rolled back")
    except psycopg2.Error as error:
        print(error.pgcode, error.diag.message_primary)
    conn.reset()


main()
