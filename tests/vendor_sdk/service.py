"""The real service over an embedded database, for clients that are not ours."""

import base64
import os
import secrets
import tempfile

from support import program
from support.program import MARK, PROJECT, sqlite_url, token_settings

TOKEN = f"{MARK}-{secrets.token_hex(32)}"

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

SETTINGS = f"""
[server]
listen = "127.0.0.1:0"

[[identity.sealing_keys]]
id = "a"
key = "{base64.b64encode(secrets.token_bytes(32)).decode()}"
{token_settings(TOKEN)}"""


class Service(program.Service):
    """A service with the vendor's example records, two access keys and a token."""

    def __init__(self, path):
        self._temporary = tempfile.TemporaryDirectory(prefix="deskledger-vendor-sdk-")
        folder = self._temporary.name
        super().__init__(path, folder, sqlite_url(folder), SETTINGS)
        try:
            self.run("import", RECORDS, "--project", PROJECT, capture_output=True)
            self.key = self._create_key("te_admin")
            self.key_without_rights = self._create_key("nobody")
            self.start()
        except BaseException:
            self.stop()
            raise

    def _create_key(self, role):
        """An access key, as the pair of its identifier and its secret."""
        printed = self.run(
            "key", "create", "--project", PROJECT, "--user", "ann", "--role", role, capture_output=True, text=True
        ).stdout
        return tuple(line.split("=", 1)[1] for line in printed.splitlines())

    def stop(self):
        self.kill()
        self._temporary.cleanup()
