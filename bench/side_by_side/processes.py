"""Starting programs, as the postgres user where the caller is root."""
import os
import signal
import subprocess
import time


class Failed(Exception):
    """A program that the bench needs did not do its work."""


def as_postgres(command):
    """PostgreSQL and pgbouncer refuse to run as root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else list(command)


def run(command, stdin=None):
    """Runs a program to its end and gives its standard output."""
    done = subprocess.run(command, stdin=stdin, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(f"{' '.join(command[:6])} ... failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def start(command, log):
    """Starts a program that runs until it is stopped."""
    return subprocess.Popen(command, stdout=open(log, "w"), stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def kill_group(process):
    """Ends a process that was started in a session of its own, and what it has started."""
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


def wait_until(ready, what, seconds=60):
    """Waits for a condition; it fails when the time is over."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise Failed(f"{what} did not start in {seconds} s")
        time.sleep(0.1)


def cpu_seconds(pid):
    """User and system time that a process has used so far."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid):
    """VmRSS of a process in megabytes."""
    return _status_mb(pid, "VmRSS")


def peak_mb(pid):
    """The highest VmRSS of a process since `forget_peak`, in megabytes."""
    return _status_mb(pid, "VmHWM")


def forget_peak(pid):
    """Starts a new measure of `peak_mb`."""
    with open(f"/proc/{pid}/clear_refs", "w") as refs:
        refs.write("5")


def _status_mb(pid, name):
    with open(f"/proc/{pid}/status") as status:
        for line in status:
            if line.startswith(name + ":"):
                return int(line.split()[1]) / 1024
    raise Failed(f"no {name} for process {pid}")
