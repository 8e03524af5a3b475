"""A large export by a link, in both browsers: whole and equal, with flat memory; what breaks leaves nothing that looks whole."""

import atexit
import contextlib
import hashlib
import json
import os
import sqlite3
import tempfile
import time
import urllib.error
import urllib.request

from support.program import MARK, PROJECT, Service, sqlite_url, token_settings, waited

TOKEN = f"{MARK}-token-of-the-browsers"
RECORDS = 1_000
# Of each record: some 250 MB of JSON Lines.
COPIES = int(os.environ.get("COPIES", "60"))
LARGE = COPIES * RECORDS * 4_000
# By a filter, so that the records are counted one by one: those that were copied are in no count.
QUERY = "format=jsonl&state=failed"
# The file takes none of it: it goes to the disk. Browsers do other things, too.
MOST_MORE_MIB = 60

SETTINGS = f"""
[server]
listen = "127.0.0.1:0"

[limits]
exports_per_project = 4
{token_settings(TOKEN)}"""

TEXTS = (
    "sid", "computer_name", "user_name", "terminal_mac", "terminal_name", "terminal_ip", "client_version", "terminal_type",
    "agent_version", "desktop_ip", "connection_failure_reason", "source_ip", "public_ip", "enterprise_project_id", "desktop_id",
)


def records():
    """Records with long texts, as NDJSON."""
    for number in range(RECORDS):
        texts = {name: hashlib.sha256(f"{name} {number}".encode()).hexdigest() * 4 for name in TEXTS}
        texts = {name: text[:255] for name, text in texts.items()}
        yield json.dumps({"transaction_id": f"t{number}", "connection_start_time": "2026-11-20T08:00:00Z", **texts})


def copy_records(path):
    """Copies each record in the file of a database, which takes seconds where an import would take minutes."""
    with sqlite3.connect(path) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(connection_records)")]
        taken = ["transaction_id || '-' || copy" if name == "transaction_id" else name for name in columns]
        database.execute(
            f"WITH RECURSIVE copies(copy) AS (SELECT 2 UNION ALL SELECT copy + 1 FROM copies WHERE copy < {COPIES}) "
            f"INSERT INTO connection_records ({', '.join(columns)}) "
            f"SELECT {', '.join(taken)} FROM connection_records, copies"
        )
    database.close()


class Downloads:
    """What both browsers must do."""

    # One for both browsers, as long as the process lives.
    service = bytes = hash = None

    @classmethod
    def setUpClass(cls):
        if Downloads.service:
            return
        stack = contextlib.ExitStack()
        atexit.register(stack.close)
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="deskledger-browsers-"))
        Downloads.service = Service(os.environ["DESKLEDGER"], folder, sqlite_url(folder), SETTINGS)
        lines = "\n".join(records()).encode()
        cls.service.run("import", "-", "--project", PROJECT, input=lines, capture_output=True)
        copy_records(os.path.join(folder, "records.sqlite3"))
        stack.enter_context(cls.service)
        Downloads.bytes, Downloads.hash = cls.exported()

    @classmethod
    def exported(cls):
        """How many bytes a program gets by the API, and their hash."""
        path = f"{cls.service.url}/v2/{PROJECT}/connections/desktops/export?{QUERY}"
        hashed, length = hashlib.sha256(), 0
        with urllib.request.urlopen(urllib.request.Request(path, headers={"X-Auth-Token": TOKEN})) as answer:
            while chunk := answer.read(1 << 20):
                hashed.update(chunk)
                length += len(chunk)
        return length, hashed.digest()

    def setUp(self):
        if not self.service.is_running():
            self.service.start()
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="deskledger-browser-", ignore_cleanup_errors=True))
        self.browser = self.start(folder)
        self.addCleanup(self.browser.close)
        self.browser.open(f"{self.service.url}/explorer")

    def ask(self, method, path=""):
        url = f"{self.service.url}/v2/{PROJECT}/connections/desktops/export-links{path}"
        request = urllib.request.Request(url, method=method, headers={"X-Auth-Token": TOKEN})
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "null")

    def link(self):
        return self.ask("POST", f"?{QUERY}")

    def whole_files(self):
        """The files under their final names that hold anything."""
        return [name for name, size in self.browser.files().items() if name.endswith(".jsonl") and size]

    def begun(self, link):
        """Clicks a link, and waits until some of its file is on the disk."""
        self.browser.click(link["url"])
        waited(lambda: max(self.browser.files().values(), default=0) > 4 << 20)

    def assert_nothing_whole(self):
        """Nothing looks whole, also once the browser has found out."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            self.assertEqual(self.whole_files(), [], self.browser.files())
            time.sleep(0.1)

    def memory_at_rest(self):
        """The memory of the browser once it has started, which it does slowly on a busy machine: once it grows no more."""
        last, since, deadline = 0, time.monotonic(), time.monotonic() + 60
        while time.monotonic() < min(since + 3, deadline):
            now = self.browser.memory_mib()
            if abs(now - last) > 2:
                last, since = now, time.monotonic()
            time.sleep(0.2)
        return last

    def test_a_large_file_is_whole_and_its_memory_is_flat(self):
        self.assertGreater(self.bytes, LARGE)
        before = self.memory_at_rest()
        link = self.link()
        self.assertEqual(link["total_count"], COPIES * RECORDS)
        self.browser.click(link["url"])
        peak = 0

        def whole():
            nonlocal peak
            peak = max(peak, self.browser.memory_mib())
            # It gets its final name after its last byte.
            return [self.browser.files().get(name) for name in self.whole_files()] == [self.bytes]

        waited(whole, 300)
        [name] = self.whole_files()
        with open(os.path.join(self.browser.downloads, name), "rb") as file:
            self.assertEqual(hashlib.file_digest(file, "sha256").digest(), self.hash)
        print(f"  {self.bytes >> 20} MiB; memory {before:.0f} MiB before, {peak:.0f} MiB at most", flush=True)
        self.assertLess(peak - before, MOST_MORE_MIB)
        waited(lambda: self.ask("GET", f"/{link['id']}")["state"] == "done")
        # Once is once.
        with self.assertRaises(urllib.error.HTTPError) as again:
            urllib.request.urlopen(self.service.url + link["url"])
        self.assertEqual(again.exception.code, 404)
        again.exception.close()
        self.browser.click(link["url"])
        time.sleep(2)
        self.assertEqual(self.whole_files(), [name])

    def test_a_download_that_is_cancelled_leaves_no_whole_file(self):
        link = self.link()
        self.begun(link)
        self.ask("DELETE", f"/{link['id']}")
        self.assert_nothing_whole()
        self.assertEqual(self.ask("GET", f"/{link['id']}")["state"], "cancelled")

    def test_a_service_that_is_killed_leaves_no_whole_file(self):
        self.begun(self.link())
        self.service.kill()
        self.assert_nothing_whole()
