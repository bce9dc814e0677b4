"""The command: runs the suites on both servers, compares, and writes the page when everything was run."""
import argparse
import collections
import os
import sys
import tempfile

from side_by_side import processes
from side_by_side.servers import Plain, Tangelo, psql

from .suites import ALL

PAGE = "docs/frameworks.md"


def options():
    parser = argparse.ArgumentParser(prog="tools/frameworks.sh", description="Test suites of web frameworks, through a cluster and on a plain server.")
    parser.add_argument("suite", nargs="?", choices=[s.name for s in ALL], help="run this one only")
    parser.add_argument("chosen", nargs="*", help="its tests")
    parser.add_argument("--port", type=int, default=27600, help="first of the ten ports that are used (27600)")
    parser.add_argument("--postgres-bin", default="/usr/lib/postgresql/15/bin", metavar="DIR")
    parser.add_argument("--tangelo", default="src/Tangelo.Cli/bin/publish/tangelo", metavar="PROGRAM")
    return parser.parse_args()


def main():
    chosen = options()
    suites = [s for s in ALL if chosen.suite in (None, s.name)]
    # The servers run as another user.
    folder = tempfile.mkdtemp(prefix="tangelo_frameworks_")
    os.chmod(folder, 0o777)
    servers = [Plain("plain", folder, chosen.port, chosen.postgres_bin),
               Tangelo(folder, chosen.port + 1, chosen.postgres_bin, chosen.tangelo)]
    rows, differences = [], []
    try:
        for server in servers:
            server.start()
        for suite in suites:
            outcomes = []
            for server in servers:
                for database in suite.databases:
                    psql(server.port, "-c", f"CREATE DATABASE {database}")
                log = os.path.join(folder, f"{suite.name}_{server.name}.log")
                print(f"{suite.title} on {server.name}: {log}", file=sys.stderr)
                outcomes.append(suite.run(server.port, log, chosen.chosen))
            plain, cluster = outcomes
            names = sorted(plain.keys() | cluster.keys())
            differ = [(n, plain.get(n, "not run"), cluster.get(n, "not run")) for n in names if plain.get(n) != cluster.get(n)]
            counts = collections.Counter(plain.values())
            rows.append(f"| {suite.title} | {len(names)} | {counts['ok']} | {counts['skipped']} | {len(names) - len(differ)} | {len(differ)} |")
            differences += [f"| {suite.title} | `{name}` | {one} | {other} |" for name, one, other in differ]
    finally:
        for server in servers:
            server.stop()
    page = write(rows, differences)
    print(page)
    if chosen.suite is None:
        with open(PAGE, "w") as file:
            file.write(page)
    return 1 if differences else 0


def write(rows, differences):
    """The page as Markdown."""
    lines = ["# Web frameworks", "",
             "`tools/frameworks.sh` has written this page. It runs the frameworks' own test suites, as Debian packages them, through a cluster of a coordinator and two",
             "workers and on a plain server, and compares how each test ends. Their tables stay local: the suites know nothing of distribution. What fails on both",
             "servers fails for reasons of the package or of the machine.", "",
             "| suite | tests | pass on plain PostgreSQL | skipped | end the same through Tangelo | end differently |", "|---|---:|---:|---:|---:|---:|", *rows]
    if differences:
        lines += ["", "| suite | test | plain PostgreSQL | Tangelo |", "|---|---|---|---|", *differences]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except processes.Failed as failure:
        sys.exit(f"frameworks: {failure}")
