"""Many records: in a PostgreSQL of the tests' own, which may be killed, and a million of them in SQLite."""

import contextlib
import functools
import os
import sqlite3
import tempfile
import urllib.request

from console import SETTINGS, TOKEN, _stack
from support.postgres import Database, Server
from support.program import PROJECT, Service, sqlite_url

LARGE = 300_000
MILLION = 1_000_000
# So many are generated, and copied to a million.
GENERATED = 20_000


class Large:
    """A service with many records on a server that is its own."""

    def __init__(self, records=LARGE):
        self.server = _stack.enter_context(Server())
        self.database = Database(self.server.url, prefix="console")
        folder = _stack.enter_context(tempfile.TemporaryDirectory(prefix="deskledger-console-"))
        settings = f'{SETTINGS}\n[tasks]\nstorage = "{folder}/tasks"\n'
        self.service = Service(os.environ["DESKLEDGER"], folder, self.database.url, settings)
        self.service.fill(PROJECT, records, days=30)
        _stack.enter_context(self.service)

    def copies(self):
        """How many queries that read records to hand them out run in the database."""
        asked = f"""SELECT count(*) FROM pg_stat_activity WHERE datname = '{self.database.name}'
            AND application_name = 'deskledger' AND state = 'active' AND query LIKE 'COPY %'"""
        return int(self.database.sql(asked, server=True))


@functools.cache
def large():
    """That of all tests that need no more."""
    return Large()


def copy_records(path, records, generated):
    """Copies each record in the file of a database until there are so many: an import of all of them would take minutes."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(connection_records)")]
        # Some seconds apart, so that no two of them started at the same moment.
        moved = {name: f"{name} - copy * 1000003" for name in columns if name.endswith("_time")}
        moved["transaction_id"] = "transaction_id || '-' || copy"
        taken = [moved.get(name, name) for name in columns]
        database.execute(
            f"WITH RECURSIVE copies(copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < {records // generated - 1}) "
            f"INSERT INTO connection_records ({', '.join(columns)}) SELECT {', '.join(taken)} FROM connection_records, copies"
        )


@functools.cache
def million():
    """A service with a million records, of the last thirty days."""
    folder = _stack.enter_context(tempfile.TemporaryDirectory(prefix="deskledger-console-"))
    service = Service(os.environ["DESKLEDGER"], folder, sqlite_url(folder), SETTINGS)
    lines = service.run("generate", "--records", GENERATED, "--until", "now", "--days", 29, capture_output=True).stdout
    service.run("import", "-", "--project", PROJECT, input=lines, capture_output=True)
    copy_records(os.path.join(folder, "records.sqlite3"), MILLION, GENERATED)
    service.run("check", "--repair", capture_output=True, check=False)
    return _stack.enter_context(service)


def exported(url, query):
    """The file that a program gets by the API."""
    path = f"{url}/v2/{PROJECT}/connections/desktops/export?{query}"
    with urllib.request.urlopen(urllib.request.Request(path, headers={"X-Auth-Token": TOKEN})) as answer:
        return answer.read()
