"""Filling the targets. Rows are made once, so that every target holds the same."""
import os
import random
import subprocess

from . import processes
from .servers import HOST, psql

FIRST_EVENT = 1_000_000
SQL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "sql")


def path(name):
    return os.path.join(SQL, name)


def make_events(file, rows):
    """A CSV of six columns, 77 bytes a row: a user, a key, a word, a time, an amount and a jsonb document."""
    chosen = random.Random(20240101)
    kinds = ["view", "click", "buy", "share", "leave"]
    pages = ["home", "cart", "item", "help", "news", "about"]
    with open(file, "w") as out:
        for row in range(rows):
            day, second = 1 + row % 28, chosen.randrange(86400)
            out.write(f"{chosen.randrange(50000)},{FIRST_EVENT + row},{chosen.choice(kinds)},"
                      f"2024-0{1 + row % 6}-{day:02} {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02},"
                      f"{chosen.randrange(1, 99999) / 100:.2f},"
                      f"\"{{\"\"page\"\":\"\"{chosen.choice(pages)}\"\",\"\"n\"\":{chosen.randrange(100)}}}\"\n")


def create(server, name, distribute):
    """Makes the tables of sql/<name>.sql, and distributes them where asked."""
    psql(server.port, "-f", path(name + ".sql"))
    if distribute:
        psql(server.port, "-f", path(name + ".distribute.sql"))


def fill_accounts(server):
    """A million rows of pgbench_accounts."""
    pipe(["awk", "BEGIN{for(i=1;i<=1000000;i++)print i\"\\t\"int((i-1)/100000)+1\"\\t0\\t\"}"], server, "COPY pgbench_accounts FROM STDIN")
    psql(server.port, "-c", "VACUUM ANALYZE pgbench_accounts")


def fill_users(server):
    pipe(["awk", "BEGIN{for(i=0;i<50000;i++)print i\"\\t\"i%200\"\\tuser \"i}"], server, "COPY users FROM STDIN")
    pipe(["awk", "BEGIN{for(i=0;i<200;i++)print i\"\\tC\"i\"\\tregion \"i%7}"], server, "COPY countries FROM STDIN")


def pipe(producer, server, copy):
    made = subprocess.Popen(producer, stdout=subprocess.PIPE)
    try:
        psql(server.port, "-c", copy, stdin=made.stdout)
    finally:
        made.stdout.close()
    if made.wait() != 0:
        raise processes.Failed("the rows could not be made")
