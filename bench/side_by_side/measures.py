"""What is measured. A measure knows its targets and does one of its rounds on one of them; the figures are kept by name."""
import re

from . import data, processes
from .servers import HOST, psql


class Pgbench:
    """Transactions per second of pgbench; more is better."""

    unit, more_is_better = "tps", True

    def __init__(self, name, targets, clients, seconds, mode="simple", script=None):
        self.name, self.targets = name, targets
        self._clients, self._seconds, self._mode, self._script = clients, seconds, mode, script

    def prepare(self):
        pass

    def round(self, target):
        what = ["-S"] if self._script is None else ["-f", data.path(self._script)]
        out = processes.run(["pgbench", "-h", HOST, "-p", str(target.port), "-U", "postgres", "-n", "-M", self._mode,
                             "-c", str(self._clients), "-j", str(min(self._clients, 2)), "-T", str(self._seconds), *what, "postgres"])
        if "number of failed transactions: 0" not in out and "failed" in out:
            raise processes.Failed(out)
        return {self.name: float(re.search(r"^tps = ([0-9.]+)", out, re.M).group(1))}


class Analytic:
    """Milliseconds of each of the analytic queries; less is better."""

    unit, more_is_better = "ms", False

    def __init__(self, name, targets):
        self.name, self.targets = name, targets
        with open(data.path("analytic.sql")) as text:
            self._queries = re.findall(r"^-- (.*)\n(.*;)$", text.read(), re.M)

    def prepare(self):
        for target in self.targets:
            psql(target.port, "-c", "ANALYZE events", "-c", "ANALYZE users", "-c", "ANALYZE countries")

    def round(self, target):
        arguments = ["-c", "\\timing on"]
        for _, query in self._queries:
            arguments += ["-o", "/dev/null", "-c", query]
        out = psql(target.port, *arguments)
        times = [float(t) for t in re.findall(r"^Time: ([0-9.]+) ms", out, re.M)]
        if len(times) != len(self._queries):
            raise processes.Failed(f"{len(times)} times for {len(self._queries)} queries:\n{out}")
        return {f"{self.name}: {name}": t for (name, _), t in zip(self._queries, times)}

    def answers(self, target):
        """The rows of all queries, to see that the targets agree."""
        return [psql(target.port, "-c", query) for _, query in self._queries]


class Router:
    """The router's memory and CPU time after 1,000 connections and 100,000 statements: one text, prepared, and a new text each time."""

    def __init__(self, tangelo):
        self._tangelo = tangelo

    def measure(self):
        before = processes.cpu_seconds(self._tangelo.pid)
        kinds = (["-S"], ["-S", "-M", "prepared"], ["-f", data.path("texts.pgbench")], ["-S", "-M", "extended"])
        for turn in range(20):
            processes.run(["pgbench", "-h", HOST, "-p", str(self._tangelo.port), "-U", "postgres", "-n", "-c", "50", "-j", "2",
                           "-t", "100", *kinds[turn % len(kinds)], "postgres"])
        return {
            "resident memory, MB": processes.resident_mb(self._tangelo.pid),
            "CPU time of these, s": processes.cpu_seconds(self._tangelo.pid) - before,
        }
