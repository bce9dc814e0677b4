"""How much memory the router takes while a client reads a large answer slowly. A client library would keep the rows; this one drops them."""
import socket
import struct
import time

from . import processes
from .servers import HOST, psql

CREATE = "CREATE TABLE wide (id bigint, pad text); SELECT create_distributed_table('wide', 'id')"
FILL = "INSERT INTO wide SELECT i, repeat('x', 1000) FROM generate_series(1, {rows}) i"
IDLE = b"Z\0\0\0\5I"


class SlowReader:
    """The router's highest resident memory while `SELECT *` of `rows` rows of a kilobyte is read at 60 MB/s."""

    _bytes_per_second = 60e6

    def __init__(self, tangelo, rows):
        self._tangelo, self._rows = tangelo, rows

    def measure(self):
        psql(self._tangelo.port, "-c", CREATE)
        for _ in range(4):
            psql(self._tangelo.port, "-c", FILL.format(rows=self._rows // 4))
        figures = {}
        for sql in ("SELECT * FROM wide", "SELECT * FROM wide ORDER BY id"):
            processes.forget_peak(self._tangelo.pid)
            read = self._read(sql)
            figures[f"{sql}: {read / 1e9:.1f} GB, highest resident memory in MB"] = processes.peak_mb(self._tangelo.pid)
        psql(self._tangelo.port, "-c", "DROP TABLE wide")
        return figures

    def _read(self, sql):
        with socket.create_connection((HOST, self._tangelo.port)) as client:
            startup = b"user\0postgres\0database\0postgres\0\0"
            client.sendall(struct.pack("!ii", len(startup) + 8, 196608) + startup)
            self._drain(client)
            query = sql.encode() + b"\0"
            client.sendall(b"Q" + struct.pack("!i", len(query) + 4) + query)
            return self._drain(client)

    def _drain(self, client):
        begin, count, tail = time.monotonic(), 0, b""
        while not tail.endswith(IDLE):
            received = client.recv(1 << 18)
            if not received:
                raise processes.Failed("the router closed the connection of the slow reader")
            count += len(received)
            tail = (tail + received)[-len(IDLE):]
            time.sleep(max(0, count / self._bytes_per_second - (time.monotonic() - begin)))
        return count
