"""COPY FROM, in every format, into hash- and append-distributed tables, by one client and by several, and what it leaves to those that read."""
import os
import subprocess
import tempfile
import time

from . import data, processes
from .servers import HOST, psql


def start_copy(server, table, file, options):
    """Starts loading a file of the client's."""
    return subprocess.Popen(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", HOST, "-p", str(server.port), "-U", "postgres",
                             "-d", "postgres", "-c", f"\\copy {table} FROM '{file}' WITH (FORMAT {options})"])


class TwoPlain:
    """Stands for the plain servers that load half of the rows each, side by side."""

    name = "two plain"

    def __init__(self, servers):
        self.servers = servers


class Events:
    """The rows that are loaded: a file for each format, and its parts, which a plain server has made of the CSV."""

    def __init__(self, folder, rows, server):
        self._folder, self.rows, self._server = folder, rows, server
        data.make_events(self.files("csv")[0], rows)
        if start_copy(server, "events", self.files("csv")[0], "csv").wait() != 0:
            raise processes.Failed("the rows could not be made")
        self.size = os.path.getsize(self.files("csv")[0])

    def files(self, format, count=1):
        """The names of the files that hold all rows."""
        return [os.path.join(self._folder, f"events.{format}.{part}of{count}") for part in range(1, count + 1)]

    def make(self, format, count=1):
        """Writes the files with all rows, in so many parts of the same number of rows."""
        for part, name in enumerate(self.files(format, count)):
            least, most = (data.FIRST_EVENT + self.rows * p // count for p in (part, part + 1))
            psql(self._server.port, "-c", f"\\copy (SELECT * FROM events WHERE event_id >= {least} AND event_id < {most}) TO '{name}' WITH (FORMAT {format})")


class Copy:
    """Seconds to load the events, and the router's CPU time; less is better."""

    unit, more_is_better = "s", False

    def __init__(self, name, targets, events, format, table="events", clients=1):
        self.name, self.targets = name, targets
        self._events, self._format, self._table, self._clients = events, format, table, clients

    def prepare(self):
        # Once before it counts: a router compiles its code anew while it runs, with what it has learned of it.
        for target in self.targets:
            self.round(target)

    def round(self, target):
        servers = target.servers if isinstance(target, TwoPlain) else [target]
        files = self._events.files(self._format, max(self._clients, len(servers)))
        for server in servers:
            psql(server.port, "-c", f"TRUNCATE {self._table}")
            # On every server, for all find the log files of the round before to write over.
            for port in server.server_ports:
                psql(port, "-c", "CHECKPOINT")
        router = getattr(target, "pid", None)
        before = processes.cpu_seconds(router) if router else 0
        begin = time.monotonic()
        running = [start_copy(servers[at % len(servers)], self._table, file, self._format) for at, file in enumerate(files)]
        codes = [copy.wait() for copy in running]
        taken = time.monotonic() - begin
        if any(codes):
            raise processes.Failed(f"COPY into {target.name} failed")
        loaded = sum(int(psql(server.port, "-c", f"SELECT count(*) FROM {self._table}")) for server in servers)
        if loaded != self._events.rows:
            raise processes.Failed(f"{loaded} rows instead of {self._events.rows} in {target.name}")
        return {self.name: taken} | ({self.name + ", CPU time of the router": processes.cpu_seconds(router) - before} if router else {})


class ReadsBesideCopy:
    """The 99th percentile of one client's point reads, alone and while a COPY runs; less is better."""

    unit, more_is_better = "ms", False

    def __init__(self, name, targets, events, seconds):
        self.name, self.targets, self._events, self._seconds = name, targets, events, seconds

    def prepare(self):
        pass

    def round(self, target):
        alone = self._percentile(target)
        psql(target.port, "-c", "TRUNCATE events")
        file = self._events.files("csv")[0]
        # A transaction for each, so that it goes on for as long as it is asked about.
        loop = subprocess.Popen(["sh", "-c", 'while psql -X -q -h "$0" -p "$1" -U postgres -d postgres -c "\\copy events FROM \'$2\' WITH (FORMAT csv)"; do :; done',
                                 HOST, str(target.port), file], start_new_session=True)
        try:
            beside = self._percentile(target)
        finally:
            processes.kill_group(loop)
        return {self.name: alone, self.name + " beside a COPY": beside}

    def _percentile(self, target):
        with tempfile.TemporaryDirectory() as folder:
            processes.run(["pgbench", "-h", HOST, "-p", str(target.port), "-U", "postgres", "-n", "-c", "1", "-T", str(self._seconds),
                           "-f", data.path("user.pgbench"), "-l", "--log-prefix", os.path.join(folder, "log"), "postgres"])
            times = []
            for name in os.listdir(folder):
                with open(os.path.join(folder, name)) as log:
                    times += [int(line.split()[2]) for line in log]
        return sorted(times)[len(times) * 99 // 100] / 1000
