"""The real program: its settings, its records, and `deskledger serve` on a free port."""

import hashlib
import http.client
import json
import os
import re
import resource
import signal
import subprocess
import time
import urllib.parse

PROJECT = "8dc9c40a06574a598941b254d4b63b43"
# Secrets of the tests begin with this, and scripts/test looks for it wherever none may be: see tests/src/secret.rs.
MARK = "never-to-be-shown"
MAX_SECONDS = 120


def token_settings(token, project=PROJECT, user="ann"):
    """The settings by which a token may do everything in a project."""
    return f"""
[[identity.tokens]]
sha256 = "{hashlib.sha256(token.encode()).hexdigest()}"
user = "{user}"
project_id = "{project}"
roles = ["te_admin"]
"""


def sqlite_url(folder):
    """A database in a folder."""
    return "sqlite://" + urllib.parse.quote(os.path.join(folder, "records.sqlite3"))


def waited(look, seconds=MAX_SECONDS):
    """What `look` finds at last, which is not nothing."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"it took more than {seconds} s"
        time.sleep(0.05)
    return found


class Failed(Exception):
    """A command of the program that failed; the text says which, and what it printed."""


class Program:
    """The program at work in a folder, on one database, with settings that are those of the test alone."""

    def __init__(self, path, folder, url=None, settings=None, environment=None):
        self.path, self.folder = os.path.abspath(path), str(folder)
        # No setting of the caller's may reach the program.
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("DESKLEDGER_")}
        self.environment.update(environment or {})
        if url:
            self.environment["DESKLEDGER__DATABASE__URL"] = url
        self.settings = None
        if settings is not None:
            self.settings = os.path.join(self.folder, "settings.toml")
            with open(self.settings, "w", encoding="utf-8") as file:
                file.write(settings)

    def command(self, *arguments):
        """A command line of the program."""
        return [self.path, *(["--config", self.settings] if self.settings else []), *map(str, arguments)]

    @property
    def options(self):
        """How the program is started, for `subprocess`."""
        return {"cwd": self.folder, "env": self.environment}

    def run(self, *arguments, check=True, **options):
        """Runs a command, which must succeed, to its end. It reads nothing, if nothing else is said."""
        if not {"stdin", "input"} & options.keys():
            options["stdin"] = subprocess.DEVNULL
        run = subprocess.run(self.command(*arguments), check=False, **self.options, **options)
        if check and run.returncode != 0:
            reported = run.stderr or b""
            reported = reported if isinstance(reported, str) else reported.decode(errors="replace")
            raise Failed(f"`deskledger {' '.join(map(str, arguments))}` ended with {run.returncode} {reported[-2000:]}".rstrip())
        return run

    def generated(self, records, seed=1):
        """The lines of so many generated records."""
        return self.run("generate", "--records", records, "--seed", seed, stdout=subprocess.PIPE).stdout

    def fill(self, project, records, seed=1, days=None):
        """`deskledger generate … | deskledger import - --project …`: no record is kept in memory here."""
        generate = self.command("generate", "--records", records, "--seed", seed, *(["--days", days] if days else []))
        with subprocess.Popen(generate, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **self.options) as source:
            try:
                self.run("import", "-", "--project", project, stdin=source.stdout, capture_output=True)
            finally:
                # Only now does `generate` learn that nobody reads on, if `import` gave up.
                source.stdout.close()
        if source.returncode != 0:
            raise Failed(f"`deskledger generate` ended with {source.returncode}")


class Service(Program):
    """`deskledger serve`, with its log in the folder. It needs settings or a variable by which it listens on port 0 of 127.0.0.1, and a
    level of the log at which `deskledger_lifecycle::startup` says that it is ready."""

    process = None
    port = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, descriptors=None):
        """Starts it and waits until it is ready."""
        limit = descriptors and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
        with open(os.path.join(self.folder, "log"), "ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen(
                self.command("serve"), stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=limit, **self.options
            )
        deadline = time.monotonic() + MAX_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if (port := self._listening_port(begin)) and self._is_ready(port):
                self.port = port
                return self
            time.sleep(0.05)
        reported = self.log(begin)
        self.kill()
        raise Failed(f"`deskledger serve` did not become ready: {reported}")

    def _listening_port(self, begin):
        """The port, where a line of the log says that it listens there."""
        for line in self.log(begin).splitlines():
            if re.search(r' (listening|ready) address=|"message":"ready"', line):
                return int(re.search(r'address"?[=:]"?127\.0\.0\.1:(\d+)', line)[1])
        return None

    @staticmethod
    def _is_ready(port):
        """Whether it says that it can serve: it listens before that."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def log(self, begin=0):
        """The log from a position on, without colours."""
        with open(os.path.join(self.folder, "log"), "rb") as file:
            file.seek(begin)
            return re.sub(r"\x1b\[[0-9;]*m", "", file.read().decode(errors="replace"))

    def log_with(self, pattern, patience=30):
        """The log, once it holds what the pattern means or the time is over: a thread of its own writes it, after the answer."""
        end = time.monotonic() + patience
        while not re.search(pattern, log := self.log()) and time.monotonic() < end:
            time.sleep(0.02)
        return log

    def log_lines(self):
        """The whole lines of a log in JSON, each as an object."""
        return [json.loads(line) for line in self.log().splitlines(keepends=True) if line.endswith("\n")]

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def terminate(self, timeout=60):
        """Ends it as an operator does, and returns how many seconds that took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout)
        return time.monotonic() - begin

    def kill(self):
        """Ends it at once, even where it was stopped by a signal."""
        if self.is_running():
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, *_):
        self.kill()

    def status(self, name):
        """A number of /proc/PID/status: `VmRSS` and `VmHWM` in KiB, `Threads`."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(rf"^{name}:\s+(\d+)", file.read(), re.MULTILINE)[1])

    def memory_mib(self):
        return self.status("VmRSS") / 1024

    def peak_mib(self):
        """The most memory since the start, or since that was forgotten."""
        return self.status("VmHWM") / 1024

    def forget_peak(self):
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
