"""TPC-H on plain PostgreSQL and on Tangelo in one run: times, ratio, strategy, and whether the rows are equal."""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from side_by_side import processes, servers  # noqa: E402

TABLES = ["region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem"]


def script(name):
    return os.path.join(HERE, name)


def fill(plain, tangelo, scale, shards, supplier):
    """The plain server makes the rows; COPY takes them to the cluster."""
    servers.psql(plain, "-f", script("schema.sql"), "-v", f"scale={scale}", "-f", script("data.sql"))
    servers.psql(tangelo, "-f", script("schema.sql"))
    with open(script("distribute.sql")) as file:
        distribute = file.read()
    if supplier == "distributed":
        distribute = distribute.replace("create_reference_table('supplier')", "create_distributed_table('supplier', 's_suppkey')")
    servers.psql(tangelo, "-c", f"SET citus.shard_count = {shards}", *[a for s in distribute.split(";") if s.strip() for a in ("-c", s)])
    for table in TABLES:
        source = subprocess.Popen(["psql", "-X", "-q", "-h", servers.HOST, "-p", str(plain), "-U", "postgres", "-c", f"COPY {table} TO STDOUT"], stdout=subprocess.PIPE)
        servers.psql(tangelo, "-c", f"COPY {table} FROM STDIN", stdin=source.stdout)
        source.wait()
    for port in (plain, tangelo):
        servers.psql(port, "-f", script("indexes.sql"))


class Session:
    """One psql that stays, so that a query's time is that of the query."""

    def __init__(self, port):
        self._process = subprocess.Popen(["psql", "-X", "-q", "-At", "-h", servers.HOST, "-p", str(port), "-U", "postgres"],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)

    def run(self, sql):
        started = time.monotonic()
        self._process.stdin.write(f"{sql};\n\\echo ===done\n")
        self._process.stdin.flush()
        rows = []
        while (line := self._process.stdout.readline()) != "===done\n":
            if not line:
                raise processes.Failed(f"the connection has ended: {rows[-3:]}")
            rows.append(line.rstrip("\n"))
        return rows, (time.monotonic() - started) * 1000


def strategy(session, sql):
    lines, _ = session.run("EXPLAIN (COSTS OFF) " + sql)
    text = "\n".join(lines)
    if "over the loopback" in text:
        return "loopback: " + re.search(r"loopback \((.*)\)", text).group(1)
    parts = len(re.findall(r"Distributed Subplan", text))
    tasks = re.findall(r"Task Count: (\d+)", text)
    rest = "coordinator" if not tasks else "shards" if parts == 0 else "shards, after subplans"
    return rest + (f" ({parts} subplans)" if parts else "")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--scale", type=float, default=0.1)
    arguments.add_argument("--shards", type=int, default=32)
    arguments.add_argument("--supplier", choices=["reference", "distributed"], default="reference")
    arguments.add_argument("--port", type=int, default=27600, help="the first of five free ports")
    arguments.add_argument("--rounds", type=int, default=3, help="times each query runs; the fastest counts")
    arguments.add_argument("--binary", default=os.path.join(HERE, "../../src/Tangelo.Cli/bin/publish/tangelo"))
    arguments.add_argument("--postgres-bin", default="/usr/lib/postgresql/15/bin")
    arguments.add_argument("--queries", default="", help="numbers with commas; all without")
    arguments.add_argument("--running", default="", help="ports of a plain server and a cluster that are filled already, with a comma")
    options = arguments.parse_args()
    if options.running:
        plain, tangelo = map(int, options.running.split(","))
        sys.exit(measure(plain, tangelo, options))

    folder = tempfile.mkdtemp(prefix="tangelo-tpch-")
    os.chmod(folder, 0o777)
    started = []
    try:
        for server in (servers.Plain("plain", folder, options.port, options.postgres_bin),
                       servers.Tangelo(folder, options.port + 1, options.postgres_bin, options.binary)):
            started.append(server)
            server.start()
        fill(options.port, options.port + 1, options.scale, options.shards, options.supplier)
        sys.exit(measure(options.port, options.port + 1, options))
    finally:
        for server in reversed(started):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def measure(plain_port, tangelo_port, options):
    plain, tangelo = Session(plain_port), Session(tangelo_port)
    tangelo.run("SET statement_timeout = '120s'")
    print("| query | plain ms | Tangelo ms | ratio | rows | equal | strategy |\n|---|---:|---:|---:|---:|---|---|")
    sums, wrong = [0.0, 0.0], 0
    numbers = [int(n) for n in options.queries.split(",")] if options.queries else range(1, 23)
    for number in numbers:
        with open(script(f"queries/{number:02}.sql")) as file:
            sql = file.read()
        times = [[], []]
        for _ in range(options.rounds):
            expected, elapsed = plain.run(sql)
            times[0].append(elapsed)
            actual, elapsed = tangelo.run(sql)
            times[1].append(elapsed)
        equal = expected == actual
        wrong += not equal
        best = [min(t) for t in times]
        sums = [s + b for s, b in zip(sums, best)]
        note = "" if equal else f" GOT {actual[:1]}"
        print(f"| {number} | {best[0]:.0f} | {best[1]:.0f} | {best[1] / best[0]:.1f} | {len(expected)} | {'yes' if equal else 'NO'} | {strategy(tangelo, sql)}{note} |", flush=True)
    print(f"| sum | {sums[0]:.0f} | {sums[1]:.0f} | {sums[1] / sums[0]:.2f} | | {'yes' if not wrong else f'{wrong} differ'} | |")
    return 1 if wrong else 0


main()
