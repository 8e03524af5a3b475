"""The real program with some projects, and what the system knows of its process."""

import hashlib
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
import uuid
from urllib.parse import urlsplit

PROJECTS = [f"p{number}" for number in range(1, 9)]
MAX_SECONDS_TO_START = 60

SETTINGS = """
[server]
listen = "127.0.0.1:0"
shutdown_seconds = {shutdown_seconds}
{server}

[logging]
level = "warn,deskledger=info,deskledger_api=info,actix_server=off,actix_http=off"

[tasks]
storage = "{folder}/exports"
poll_seconds = 1

{more}
"""

TOKEN_SETTINGS = """
[[identity.tokens]]
sha256 = "{sha256}"
user = "user of {project}"
project_id = "{project}"
roles = ["te_admin"]
"""


def token(project):
    """The token of a project, with the mark of the secrets of the tests: see tests/src/secret.rs."""
    return f"never-to-be-shown-token-of-{project}"


class Database:
    """A database of its own on a throwaway PostgreSQL, which scripts/postgres runs."""

    def __init__(self, server=None):
        self.server = server or os.environ["DESKLEDGER_TEST_POSTGRES"]
        self.name = f"chaos_{uuid.uuid4().hex}"
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

    def processes(self):
        """All processes of the server, the first of them first."""
        parents = {}
        found = None
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as file:
                    arguments = file.read().split("\0")
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                    parents[int(entry)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            if arguments[0].endswith("postgres") and f"-p {self.port}" in " ".join(arguments):
                found = int(entry)
        if found is None:
            raise RuntimeError("the processes of the server were not found")
        return [found] + [process for process, parent in parents.items() if parent == found]

    def signal(self, number):
        """Sends a signal to every process of the server."""
        for process in self.processes():
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass

    def drop(self):
        self.sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', server=True)


class Service:
    """`deskledger serve` over a database."""

    def __init__(self, program, url, more="", descriptors=4096, shutdown_seconds=30, folder=None, server=""):
        self.program = program
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="deskledger-chaos-")
        self.folder = folder or self._temporary.name
        self.descriptors = descriptors
        tokens = "".join(
            TOKEN_SETTINGS.format(sha256=hashlib.sha256(token(project).encode()).hexdigest(), project=project)
            for project in PROJECTS
        )
        settings = SETTINGS.format(
            folder=self.folder, more=more + tokens, shutdown_seconds=shutdown_seconds, server=server
        )
        self.settings = os.path.join(self.folder, "settings.toml")
        with open(self.settings, "w", encoding="utf-8") as file:
            file.write(settings)
        # No setting of the caller's may reach the program.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DESKLEDGER_")}
        self.environment["DESKLEDGER__DATABASE__URL"] = url
        self.process = None
        self.port = None

    def fill(self, project, records, seed=1):
        """Imports generated records into a project."""
        generate = subprocess.Popen(
            [self.program, "generate", "--records", str(records), "--seed", str(seed)], stdout=subprocess.PIPE
        )
        subprocess.run(
            [self.program, "--config", self.settings, "import", "-", "--project", project],
            stdin=generate.stdout, env=self.environment, check=True, capture_output=True,
        )
        generate.stdout.close()
        if generate.wait() != 0:
            raise RuntimeError("the records could not be generated")

    def start(self):
        """Starts it and waits until it is ready."""
        limit = (self.descriptors, self.descriptors)
        with open(os.path.join(self.folder, "log"), "ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen(
                [self.program, "serve", "--config", self.settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit),
            )
        deadline = time.monotonic() + MAX_SECONDS_TO_START
        while self.process.poll() is None and time.monotonic() < deadline:
            found = re.search(r"address=127\.0\.0\.1:(\d+)", self.log(begin))
            if found:
                self.port = int(found[1])
                from client import ask  # pylint: disable=import-outside-toplevel

                if ask(self.port, "/health/ready", timeout=5).status == 200:
                    return self
            time.sleep(0.05)
        raise RuntimeError(f"the service did not start: {self.log(begin)}")

    def log(self, begin=0):
        """The log from a position on, without colours."""
        with open(os.path.join(self.folder, "log"), "rb") as file:
            file.seek(begin)
            return re.sub(r"\x1b\[[0-9;]*m", "", file.read().decode(errors="replace"))

    def status(self, name):
        """A number of /proc/PID/status: `VmRSS` in KiB, `VmHWM` in KiB, `Threads`."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            found = re.search(rf"^{name}:\s+(\d+)", file.read(), re.MULTILINE)
        return int(found[1])

    def memory_mib(self):
        return self.status("VmRSS") / 1024

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def terminate(self, timeout=60):
        """Ends it as an operator does, and says how many seconds that took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout)
        return time.monotonic() - begin

    def stop(self):
        if self.is_running():
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        if self._temporary:
            self._temporary.cleanup()
