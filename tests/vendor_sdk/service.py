"""The real service over an embedded database, for clients that are not ours."""

import base64
import hashlib
import os
import re
import secrets
import subprocess
import tempfile
import time

PROJECT = "8dc9c40a06574a598941b254d4b63b43"
# The mark of the secrets of the tests: see tests/src/secret.rs.
TOKEN = "never-to-be-shown-" + secrets.token_hex(32)

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS = os.path.join(HERE, "..", "fixtures", "vendor-records.ndjson")

# The query of the vendor's page, and the records that it finds.
EXAMPLE = {
    "start_time": "2020-04-13T01:59Z",
    "end_time": "2020-04-30T02:20Z",
    "user_name": "jy01@local.com",
    "computer_name": "JY011",
}
FOUND = {f"0a1f8e04-85b4-11ea-8a0f-fa163e9b0c{number:02}" for number in (1, 2, 3, 4)}

SETTINGS = """
[server]
listen = "127.0.0.1:0"

[database]
url = "sqlite://records.sqlite3"

[[identity.sealing_keys]]
id = "a"
key = "{sealing_key}"

[[identity.tokens]]
sha256 = "{token_sha256}"
user = "ann"
project_id = "{project}"
roles = ["te_admin"]
"""


class Service:
    """`deskledger serve` on a free port, with the vendor's example records, two access keys and a token."""

    def __init__(self, program):
        self._program = program
        self._folder = tempfile.TemporaryDirectory(prefix="deskledger-vendor-sdk-")
        # No setting of the caller's may reach the program.
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("DESKLEDGER_")}
        self._process = None
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self):
        with open(os.path.join(self._folder.name, "settings.toml"), "w", encoding="utf-8") as file:
            file.write(
                SETTINGS.format(
                    sealing_key=base64.b64encode(secrets.token_bytes(32)).decode(),
                    token_sha256=hashlib.sha256(TOKEN.encode()).hexdigest(),
                    project=PROJECT,
                )
            )
        self._run("import", RECORDS, "--project", PROJECT)
        self.key = self._create_key("te_admin")
        self.key_without_rights = self._create_key("nobody")
        with open(os.path.join(self._folder.name, "log"), "wb") as log:
            self._process = subprocess.Popen(
                [*self._command, "serve"], stdin=subprocess.DEVNULL, stderr=log, **self._options
            )
        self.url = "http://" + self._address()

    @property
    def _command(self):
        return [self._program, "--config", "settings.toml"]

    @property
    def _options(self):
        return {"cwd": self._folder.name, "env": self._environment}

    def _run(self, *arguments):
        return subprocess.run(
            [*self._command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, **self._options
        ).stdout

    def _create_key(self, role):
        """An access key, as the pair of its identifier and its secret."""
        printed = self._run("key", "create", "--project", PROJECT, "--user", "ann", "--role", role)
        return tuple(line.split("=", 1)[1] for line in printed.splitlines())

    def _address(self):
        deadline = time.monotonic() + 60
        while self._process.poll() is None and time.monotonic() < deadline:
            found = re.search(r" ready address=(\S+)", self.log())
            if found:
                return found.group(1)
            time.sleep(0.05)
        raise RuntimeError(f"the service did not start:\n{self.log()}")

    def log(self):
        """The log so far, without colours."""
        with open(os.path.join(self._folder.name, "log"), encoding="utf-8") as file:
            return re.sub(r"\x1b\[[0-9;]*m", "", file.read())

    def stop(self):
        if self._process:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()
