"""The real program over the embedded database, with records that it generated."""

import contextlib
import hashlib
import json
import os
import subprocess
import tempfile
import time
import urllib.request

PROJECT = "8dc9c40a06574a598941b254d4b63b43"
# With the mark of the secrets of the tests: see tests/src/secret.rs.
TOKEN = "never-to-be-shown-token-of-the-explorer"
RECORDS = 300

SETTINGS = f"""
[logging]
format = "json"

[tasks]
waiting_per_project = 10000

[[identity.tokens]]
sha256 = "{hashlib.sha256(TOKEN.encode()).hexdigest()}"
user = "ann"
project_id = "{PROJECT}"
roles = ["te_admin"]
"""

MAX_SECONDS_TO_START = 60


class Service:
    """A running service: the folder it writes to, the identifiers of its records, and its address."""

    def __init__(self, folder, transactions):
        self.folder = folder
        self.transactions = transactions
        self.url = None

    def log(self):
        """The lines of its log, up to now."""
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
            return [json.loads(line) for line in log if line.endswith("\n")]


def ask(url):
    """The answer to a GET, as JSON."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Auth-Token": TOKEN})) as answer:
        return json.load(answer)


def started_task(url):
    """The identifier of an export task that was just started."""
    return ask(f"{url}/v3/{PROJECT}/desktops/connections/export")["task_id"]


def finished_task(url):
    """The identifier of an export task whose file can be downloaded."""
    task = started_task(url)
    deadline = time.monotonic() + MAX_SECONDS_TO_START
    while ask(f"{url}/v2/{PROJECT}/export-tasks?status=SUCCESS&task_id={task}")["count"] == 0:
        assert time.monotonic() < deadline, "a task took too long"
        time.sleep(0.05)
    return task


@contextlib.contextmanager
def running():
    """A service for as long as the context lasts. $DESKLEDGER is the program."""
    program = os.environ["DESKLEDGER"]
    with tempfile.TemporaryDirectory(prefix="deskledger-explorer-") as folder:
        environment = {
            **os.environ,
            "DESKLEDGER__DATABASE__URL": f"sqlite://{folder}/records.sqlite3",
            "DESKLEDGER__SERVER__LISTEN": "127.0.0.1:0",
        }
        settings = os.path.join(folder, "settings.toml")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(SETTINGS)
        records = subprocess.run(
            [program, "generate", "--records", str(RECORDS)], stdout=subprocess.PIPE, check=True
        ).stdout
        subprocess.run(
            [program, "import", "-", "--project", PROJECT],
            input=records, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
        )
        service = Service(folder, {json.loads(line)["transaction_id"] for line in records.splitlines()})
        with open(os.path.join(folder, "log"), "w", encoding="utf-8") as log:
            process = subprocess.Popen([program, "serve", "--config", settings], env=environment, stderr=log)
        try:
            service.url = f"http://{wait_for_address(process, service)}"
            yield service
        finally:
            process.terminate()
            process.wait()


def wait_for_address(process, service):
    end = time.monotonic() + MAX_SECONDS_TO_START
    while process.poll() is None and time.monotonic() < end:
        for line in service.log():
            if line["message"] == "ready":
                return line["address"]
        time.sleep(0.05)
    raise RuntimeError(f"the service is not ready: {service.log()}")
