"""A database on the throwaway PostgreSQL that `scripts/postgres run` starts."""

import contextlib
import os
import signal
import subprocess
import uuid
from urllib.parse import urlsplit

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class Database:
    """A database of its own, until it is dropped."""

    def __init__(self, server=None, prefix="test"):
        self.server = server or os.environ["DESKLEDGER_TEST_POSTGRES"]
        self.name = f"{prefix}_{uuid.uuid4().hex}"
        self.sql(f'CREATE DATABASE "{self.name}"', server=True)
        self.url = self.at(self.port)

    @property
    def port(self):
        return urlsplit(self.server).port

    def at(self, port):
        """Its URL where the server is reached by another port, such as that of a proxy."""
        parts = urlsplit(self.server)
        user = f"{parts.username}@" if parts.username else ""
        return f"postgres://{user}{parts.hostname}:{port}/{self.name}"

    def sql(self, statement, server=False):
        """What a statement answers, as text without decoration."""
        url = self.server if server else self.url
        command = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--command", statement, url]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def drop(self):
        self.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', server=True)


class Server:
    """A throwaway server of its own, which may be killed and come back."""

    def __init__(self):
        command = ["scripts/postgres", "run", "--", "sh", "-c", 'echo "$DESKLEDGER_TEST_POSTGRES"; exec cat']
        self._script = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.url = self._script.stdout.readline().strip()
        if not self.url:
            self.close()
            raise RuntimeError("scripts/postgres started no server")
        self._data = Database(self.url).sql("SHOW data_directory", server=True)

    def kill(self):
        """Kills all of its processes at once: nothing is written down before, and no client is notified."""
        with open(os.path.join(self._data, "postmaster.pid"), encoding="ascii") as file:
            first = int(file.readline())
        with open(f"/proc/{first}/task/{first}/children", encoding="ascii") as file:
            others = [int(pid) for pid in file.read().split()]
        for pid in [first, *others]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # Where nobody waits for its process, a server that is started again would believe that it still runs.
        os.remove(os.path.join(self._data, "postmaster.pid"))

    def start(self):
        """Starts it again where it was killed, on the same port."""
        programs = subprocess.run(["scripts/postgres", "find"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()
        owner = os.stat(self._data)
        as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        options = f"-p {urlsplit(self.url).port}"
        command = [f"{programs}/pg_ctl", "start", "-D", self._data, "-l", f"{self._data}/../log", "-o", options, "-w", "-t", "60", "-s"]
        subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, **as_owner)

    def close(self):
        self._script.stdin.close()
        self._script.wait(60)
        self._script.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
