"""The servers that are measured. All listen on loopback, with the same settings and fsync on."""
import os
import shutil
import signal
import subprocess

from . import processes

HOST = "127.0.0.1"
# What "tangelo up" gives its nodes, so that nobody has an advantage.
SETTINGS = ["max_connections=500", "max_prepared_transactions=200", "wal_level=logical", "shared_buffers=128MB"]


def psql(port, *arguments, stdin=None):
    """Runs psql quietly and gives what it prints."""
    return processes.run(["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", HOST, "-p", str(port),
                          "-U", "postgres", "-d", "postgres", *arguments], stdin)


def accepts(port):
    return subprocess.run(["psql", "-X", "-h", HOST, "-p", str(port), "-U", "postgres", "-d", "postgres", "-c", "SELECT 1"],
                          capture_output=True).returncode == 0


class Plain:
    """One plain PostgreSQL."""

    def __init__(self, name, folder, port, programs):
        self.name, self.port, self._programs = name, port, programs
        self._data = os.path.join(folder, name.replace(" ", "_"))

    @property
    def socket_directory(self):
        """Where its Unix socket is."""
        return self._data

    @property
    def server_ports(self):
        """The ports of the PostgreSQL servers behind it."""
        return [self.port]

    def start(self):
        processes.run(processes.as_postgres([f"{self._programs}/initdb", "-D", self._data, "-U", "postgres", "-A", "trust",
                                             "-E", "UTF8", "--locale=C.UTF-8"]))
        options = [f"-p {self.port}", f"-c listen_addresses={HOST}", f"-c unix_socket_directories={self._data}"]
        options += [f"-c {setting}" for setting in SETTINGS]
        processes.run(processes.as_postgres([f"{self._programs}/pg_ctl", "-D", self._data, "-l", f"{self._data}.log", "-s", "-w",
                                             "-o", " ".join(options), "start"]))

    def stop(self):
        subprocess.run(processes.as_postgres([f"{self._programs}/pg_ctl", "-D", self._data, "-m", "fast", "-s", "-w", "stop"]))


class Pgbouncer:
    """pgbouncer in transaction mode in front of a plain server, which it reaches by its Unix socket, as Tangelo does its nodes."""

    def __init__(self, folder, port, behind):
        self.name, self.port, self._behind, self._folder = "pgbouncer", port, behind, folder
        self._process = None

    def start(self):
        path = os.path.join(self._folder, "pgbouncer.ini")
        with open(path, "w") as ini:
            ini.write(f"[databases]\n* = host={self._behind.socket_directory} port={self._behind.port} user=postgres\n[pgbouncer]\nlisten_addr = {HOST}\n"
                      f"listen_port = {self.port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n"
                      "default_pool_size = 40\nmax_client_conn = 2000\nignore_startup_parameters = extra_float_digits\n"
                      "log_connections = 0\nlog_disconnections = 0\n")
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        self._process = processes.start(processes.as_postgres([program, path]), os.path.join(self._folder, "pgbouncer.log"))
        processes.wait_until(lambda: accepts(self.port), "pgbouncer")

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait()


class Tangelo:
    """A cluster of a coordinator and two workers, as "tangelo up" makes it."""

    def __init__(self, folder, port, programs, binary):
        self.name, self.port, self._folder, self._programs, self._binary = "tangelo", port, folder, programs, binary
        self._process = None

    @property
    def pid(self):
        """The router's process."""
        return self._process.pid

    @property
    def server_ports(self):
        """The ports of the PostgreSQL servers behind it: the coordinator and two workers."""
        return [self.port + 1, self.port + 2, self.port + 3]

    def start(self):
        log = os.path.join(self._folder, "tangelo.log")
        self._process = processes.start([self._binary, "up", "--data", os.path.join(self._folder, "cluster"), "--port", str(self.port),
                                         "--workers", "2", "--postgres-bin", self._programs], log)

        def ready():
            if self._process.poll() is not None:
                raise processes.Failed(f"tangelo up ended; see {log}")
            with open(log) as lines:
                return any(line.startswith("ready:") for line in lines)

        processes.wait_until(ready, "tangelo", 120)

    def stop(self):
        if not self._process:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
