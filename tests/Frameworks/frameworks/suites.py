"""How each suite is run, and what it tells about each of its tests."""
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = os.path.abspath(".local/frameworks")
LIMIT_SECONDS = 3600


def _run(command, folder, log, environment):
    with open(log, "w") as output:
        subprocess.run(command, cwd=folder, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                       env={**os.environ, **environment}, timeout=LIMIT_SECONDS, check=False)
    with open(log, errors="replace") as output:
        return output.read()


class Django:
    """Django's own tests. The first of its two databases is the cluster's own, so that every statement is looked at."""

    name = "django"
    title = "Django 3.2"
    databases = ["tangelo_django", "test_tangelo_django_other"]

    def run(self, port, log, chosen):
        """Gives the outcome of each test by its name."""
        folder = os.path.join(SOURCES, "python-django", "tests")
        command = ["/usr/bin/python3", "-W", "ignore", "runtests.py", "--settings=django_settings", "--parallel=1", "--noinput", "--keepdb", "-v", "2", *chosen]
        text = _run(command, folder, log, {"PYTHONPATH": f".:{HERE}", "FRAMEWORKS_PORT": str(port)})
        # A test with a docstring is told in two lines; the outcome stands at the end of the second.
        found, name = {}, None
        for line in text.splitlines():
            if begun := re.match(r"\s*(test\w* \([\w.]+\)(?: \[.*\])?)", line):
                name = begun[1]
            if name and (ended := re.search(r" \.\.\. (ok|FAIL|ERROR|skipped|expected failure|unexpected success)", line)):
                found[name] = ended[1]
        return found


class ActiveRecord:
    """The tests of ActiveRecord, in one order."""

    name = "activerecord"
    title = "ActiveRecord 6.1"
    databases = ["activerecord_unittest", "activerecord_unittest2"]

    def run(self, port, log, chosen):
        """Gives the outcome of each test by its name."""
        folder = os.path.join(SOURCES, "rails", "activerecord")
        config = log + ".yml"
        with open(os.path.join(HERE, "activerecord.yml")) as template, open(config, "w") as written:
            written.write(template.read().replace("PORT", str(port)))
        libraries = [option for path in ["test", "lib", "../activesupport/lib", "../activemodel/lib", "../activejob/lib"] for option in ("-I", path)]
        text = _run(["ruby", *libraries, os.path.join(HERE, "activerecord.rb"), "--seed", "1", "-v"], folder, log,
                    {"ARCONN": "postgresql", "ARCONFIG": config, "PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": "postgres",
                     "FRAMEWORKS_CHOSEN": " ".join(chosen)})
        outcomes = {".": "ok", "F": "FAIL", "E": "ERROR", "S": "skipped"}
        # The server's notices may stand between.
        return {name: outcomes[mark] for name, mark in re.findall(r"^(\S+#.+?) = (?:[A-Z]+:  .*\n)*[\d.]+ s = ([.FES])$", text, re.MULTILINE)}


ALL = [Django(), ActiveRecord()]
