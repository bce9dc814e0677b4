#!/usr/bin/env python3
"""waiting_clients.py PORT CLIENTS: connects so many clients as postgres, which read a row of bench_clients every five to fifteen seconds and wait in between.

It says "connected" when all of them are, and when it is told to end (SIGTERM) how many rows were read since then, in how many seconds. pgbench would do the same,
but asks the kernel about every one of its connections each time that one of them has something to do, which takes a third of a core from those who are measured.
An error of the server's, or a connection that ends, is printed, and the exit code is 1.
"""
import heapq
import random
import select
import signal
import socket
import struct
import sys
import time

CONNECTING_AT_ONCE = 32
ROWS = 10_000


def message(code, body):
    return code + struct.pack("!i", len(body) + 4) + body


START = b"user\0postgres\0database\0postgres\0application_name\0waiting\0\0"
START = struct.pack("!ii", len(START) + 8, 3 << 16) + START


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(START)
        self._received = b""

    def read_row(self):
        self.socket.sendall(message(b"Q", b"SELECT v FROM bench_clients WHERE id = %d;\0" % random.randint(1, ROWS)))

    def is_ready_after(self, received):
        """Whether the server waits for the next statement, now that it has sent this."""
        self._received += received
        at = 0
        ready = False
        while len(self._received) >= at + 5:
            length = struct.unpack_from("!i", self._received, at + 1)[0]
            if len(self._received) < at + 1 + length:
                break
            code = self._received[at:at + 1]
            if code == b"E":
                raise SystemExit("an error: " + self._received[at + 5:at + 1 + length].replace(b"\0", b" ").decode())
            ready = code == b"Z"
            at += 1 + length
        self._received = self._received[at:]
        return ready


class Ended(Exception):
    pass


def main(port, count):
    def end(*_):
        raise Ended

    signal.signal(signal.SIGTERM, end)
    poll = select.epoll()
    clients, due = {}, []
    starting = connected = reads = 0
    begin = None
    try:
        while True:
            while starting < CONNECTING_AT_ONCE and len(clients) < count:
                client = Client(port)
                clients[client.socket.fileno()] = client
                poll.register(client.socket, select.EPOLLIN)
                starting += 1
            while begin and due and due[0][0] <= time.monotonic():
                clients[heapq.heappop(due)[1]].read_row()
            for number, _ in poll.poll(max(0, due[0][0] - time.monotonic()) if begin and due else -1):
                received = clients[number].socket.recv(65536)
                if not received:
                    raise SystemExit("the server has ended a connection")
                if not clients[number].is_ready_after(received):
                    continue
                if begin:
                    reads += 1
                else:
                    starting -= 1
                    connected += 1
                heapq.heappush(due, (time.monotonic() + random.uniform(5, 15), number))
            if connected == count and not begin:
                begin = time.monotonic()
                due = sorted((begin + random.uniform(0, 10), number) for _, number in due)
                print("connected", flush=True)
    except Ended:
        if begin:
            print(reads, round(time.monotonic() - begin, 1), flush=True)


main(int(sys.argv[1]), int(sys.argv[2]))
