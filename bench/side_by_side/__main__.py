"""The command: starts the servers, fills them, runs the rounds, prints the table."""
import argparse
import datetime
import os
import platform
import shutil
import sys
import tempfile

from . import data, processes
from .loading import Copy, Events, ReadsBesideCopy, TwoPlain
from .measures import Analytic, Pgbench, Router
from .report import Figures
from .servers import Pgbouncer, Plain, Tangelo, psql
from .slow_reader import SlowReader

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GROUPS = ["select", "write", "copy", "analytic", "router", "reader"]


def options():
    parser = argparse.ArgumentParser(prog="bench/run.sh", description="Plain PostgreSQL, pgbouncer and Tangelo side by side.")
    parser.add_argument("--quick", action="store_true", help="2 rounds of 2 seconds and a tenth of the events")
    parser.add_argument("--only", action="append", choices=GROUPS, help="measure this group only; may be given again")
    parser.add_argument("--rounds", type=int, help="rounds of every measure (5)")
    parser.add_argument("--seconds", type=int, help="length of a pgbench run (5)")
    parser.add_argument("--without", action="append", default=[], choices=["tangelo", "pgbouncer"], help="leave a target out")
    parser.add_argument("--port", type=int, default=27400, help="first of the ten ports that are used (27400)")
    parser.add_argument("--postgres-bin", default="/usr/lib/postgresql/15/bin", metavar="DIR")
    parser.add_argument("--tangelo", default=os.path.join(HERE, "../src/Tangelo.Cli/bin/publish/tangelo"), metavar="PROGRAM")
    parser.add_argument("--folder", help="where the servers keep their data while the bench runs (a temporary folder)")
    chosen = parser.parse_args()
    chosen.rounds = chosen.rounds or (2 if chosen.quick else 5)
    chosen.seconds = chosen.seconds or (2 if chosen.quick else 5)
    chosen.only = chosen.only or GROUPS
    chosen.rows = 100_000 if chosen.quick else 2_000_000
    return chosen


def measures(chosen, plain, second, bouncer, tangelo, folder):
    """Fills the servers and gives what is to be measured."""
    every = [t for t in (plain, bouncer, tangelo) if t]
    pair = [t for t in (plain, tangelo) if t]
    found = []
    if {"select", "write", "router"} & set(chosen.only):
        for server in pair:
            data.create(server, "accounts", server is tangelo)
            data.fill_accounts(server)
    if "select" in chosen.only:
        for clients in (1, 16, 64):
            found.append(Pgbench(f"pgbench -S, simple, {clients} clients", every, clients, chosen.seconds))
            # This pgbouncer has no prepared statements in transaction mode.
            found.append(Pgbench(f"pgbench -S, prepared, {clients} clients", pair, clients, chosen.seconds, "prepared"))
    if "write" in chosen.only:
        found.append(Pgbench("one-row INSERT, 16 clients", every, 16, chosen.seconds, script="insert.pgbench"))
        found.append(Pgbench("one-row UPDATE, 16 clients", every, 16, chosen.seconds, script="update.pgbench"))
    if {"copy", "analytic"} & set(chosen.only):
        for server in [*pair, second]:
            data.create(server, "events", server is tangelo)
        for server in pair:
            data.fill_users(server)
        events = Events(folder, chosen.rows, plain)
        what = f"COPY of {chosen.rows:,} rows"
        if "copy" in chosen.only:
            found += copies(what, events, TwoPlain([plain, second]), pair, tangelo, chosen.seconds)
        # The analytic queries read what the last round leaves behind.
        found.append(Copy(f"{what} in CSV, {events.size / 1e6:.0f} MB", [TwoPlain([plain, second]), *pair] if "copy" in chosen.only else pair, events, "csv"))
    if "analytic" in chosen.only:
        found.append(Analytic("query", pair))
    return found


def copies(what, events, both, pair, tangelo, seconds):
    """COPY in other formats, by several clients, into an append-distributed table, and beside readers."""
    for format, count in (("text", 1), ("binary", 1), ("csv", 2), ("text", 2), ("binary", 2), ("csv", 4)):
        events.make(format, count)
    found = [Copy(f"{what} in {format}", [both, *pair], events, format) for format in ("text", "binary")]
    found += [Copy(f"{what} in CSV by {clients} clients", pair, events, "csv", clients=clients) for clients in (2, 4)]
    if tangelo:
        found.append(Copy(f"{what} in CSV into an append-distributed table", [tangelo], events, "csv", table="appended_events"))
    found.append(ReadsBesideCopy("99 % of one client's point reads take at most", pair, events, seconds))
    return found


def compare_answers(measure):
    """A fast wrong answer is worth nothing."""
    first, *others = [measure.answers(target) for target in measure.targets]
    for other in others:
        if other != first:
            raise processes.Failed(f"the targets disagree on an analytic query:\n{first}\n{other}")


def run(chosen, folder):
    bin_folder = chosen.postgres_bin
    plain = Plain("plain", folder, chosen.port, bin_folder)
    second = Plain("second plain", folder, chosen.port + 1, bin_folder)
    bouncer = None if "pgbouncer" in chosen.without else Pgbouncer(folder, chosen.port + 2, plain)
    tangelo = None if "tangelo" in chosen.without else Tangelo(folder, chosen.port + 4, bin_folder, chosen.tangelo)
    servers = [s for s in (plain, second, bouncer, tangelo) if s]
    started, figures, extra = [], Figures(), {}
    try:
        for server in servers:
            started.append(server)
            server.start()
        for measure in measures(chosen, plain, second, bouncer, tangelo, folder):
            measure.prepare()
            if isinstance(measure, Analytic):
                compare_answers(measure)
            for number in range(chosen.rounds):
                for target in measure.targets:
                    for name, value in measure.round(target).items():
                        figures.add(measure, name, target.name, value)
                        print(f"round {number + 1}  {target.name:10}  {name}: {value:,.1f} {measure.unit}", file=sys.stderr, flush=True)
        if tangelo and "router" in chosen.only:
            extra["After 1,000 connections and 100,000 statements the router has"] = Router(tangelo).measure()
        if tangelo and "reader" in chosen.only:
            extra["The router under a slow reader"] = SlowReader(tangelo, 200_000 if chosen.quick else 2_000_000).measure()
        version = psql(plain.port, "-c", "SHOW server_version").strip()
    finally:
        for server in reversed(started):
            server.stop()
    columns = ["two plain"] if "copy" in chosen.only else []
    columns += [s.name for s in (plain, bouncer, tangelo) if s]
    return text(chosen, version, figures.table(columns), extra)


def text(chosen, version, table, extra):
    lines = [f"PostgreSQL {version}, {os.cpu_count()} cores, {platform.machine()}; medians of {chosen.rounds} rounds that take turns, "
             f"pgbench runs of {chosen.seconds} s, fsync on, all on one machine.", "", table]
    for what, found in extra.items():
        lines += ["", f"{what}: " + ", ".join(f"{name} {value:,.1f}" for name, value in found.items()) + "."]
    return "\n".join(lines) + "\n"


def main():
    chosen = options()
    folder = tempfile.mkdtemp(prefix="bench_", dir=chosen.folder)
    os.chmod(folder, 0o755)
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    try:
        result = run(chosen, folder)
    except processes.Failed as failure:
        print(failure, file=sys.stderr)
        for name in ("tangelo.log", "pgbouncer.log"):
            path = os.path.join(folder, name)
            if os.path.exists(path):
                with open(path) as log:
                    print(f"--- end of {name}\n" + "".join(log.readlines()[-15:]), file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(result)
    results = os.path.join(HERE, "results")
    os.makedirs(results, exist_ok=True)
    stamp = datetime.datetime.now().strftime("%Y-%m-%d_%H%M")
    with open(os.path.join(results, f"{stamp}.md"), "w") as out:
        out.write(f"# {stamp}\n\n{result}")
    return 0


sys.exit(main())
